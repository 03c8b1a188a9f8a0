#include "codec/url.h"

#include <arpa/inet.h>

#include "codec/goquote.h"

/* What the parts of a URL keep as it is, besides letters, digits and "-_.~". */
#define KEEP_NOTHING  ""
#define KEEP_PATH     "$&+,/:;=@"
#define KEEP_USER     "$&+,;="
#define KEEP_HOST     "!$&'()*+,;=:[]<>\""
#define KEEP_FRAGMENT "$&+,/:;=?@!()*"
/* What may stand unescaped in a path or fragment that is printed as it was written. */
#define KEEP_WRITTEN "!$&'()*+,;=:@[]%/"

static bool is_alnum(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

static bool keeps(const char *also, char c)
{
    return is_alnum(c) || (c != '\0' && (strchr("-_.~", c) != NULL || strchr(also, c) != NULL));
}

static struct sv skip(struct sv s, size_t n)
{
    return (struct sv){s.p + n, s.n - n};
}

static struct sv head(struct sv s, size_t n)
{
    return (struct sv){s.p, n};
}

/* Cuts *s at the first `c`; what follows it goes to *after. False, and nothing changes, without one. */
static bool cut(struct sv *s, char c, struct sv *after)
{
    const char *at = s->n != 0 ? memchr(s->p, c, s->n) : NULL;
    if (at == NULL)
        return false;
    const size_t n = (size_t)(at - s->p);
    *after = skip(*s, n + 1);
    s->n = n;
    return true;
}

static bool has_control(struct sv s)
{
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] < ' ' || s.p[i] == 0x7F)
            return true;
    return false;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* The byte that the escape at the start of `s` stands for, or -1. */
static int escaped_byte(struct sv s)
{
    if (s.n < 3 || s.p[0] != '%')
        return -1;
    const int high = hex_digit(s.p[1]), low = hex_digit(s.p[2]);
    return high < 0 || low < 0 ? -1 : high * 16 + low;
}

static bool fail_quoting(struct err *err, const char *before, struct sv piece, const char *after)
{
    struct strbuf quoted = {0};

    go_quote(&quoted, piece);
    err_set(err, ERR_INVALID, "%s%s%s", before, quoted.p, after);
    strbuf_done(&quoted);
    return false;
}

static bool fail_escape(struct err *err, struct sv at)
{
    return fail_quoting(err, "invalid URL escape ", head(at, at.n < 3 ? at.n : 3), "");
}

static bool check_escapes(struct sv s, struct err *err)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] == '%' && escaped_byte(skip(s, i)) < 0)
            return fail_escape(err, skip(s, i));
    return true;
}

/* A host may escape only bytes outside ASCII, and the percent sign in front of a zone. In the zone itself
 * every byte may be escaped that could also stand there as it is. */
static bool host_takes(int byte, bool zone)
{
    if (byte < 0)
        return false;
    if (byte == '%' || byte >= 0x80)
        return true;
    return zone && (byte == ' ' || keeps(KEEP_HOST, (char)byte));
}

static bool check_host_text(struct sv s, bool zone, struct err *err)
{
    for (size_t i = 0; i < s.n; i++) {
        const struct sv at = skip(s, i);
        if (s.p[i] == '%') {
            if (!host_takes(escaped_byte(at), zone))
                return fail_escape(err, at);
            i += 2;
        } else if ((unsigned char)s.p[i] < 0x80 && !keeps(KEEP_HOST, s.p[i])) {
            return fail_quoting(err, "invalid character ", head(at, 1), " in host name");
        }
    }
    return true;
}

/* Takes an optional ":digits" off. */
static bool parse_port(struct sv s, struct url *u, struct err *err)
{
    if (s.n == 0)
        return true;
    u->has_port = s.p[0] == ':';
    u->port = skip(s, 1);
    for (size_t i = 0; i < u->port.n; i++)
        u->has_port &= u->port.p[i] >= '0' && u->port.p[i] <= '9';
    return u->has_port || fail_quoting(err, "invalid port ", s, " after host");
}

/* The position of the "%25" that starts the zone, or the length. */
static size_t find_zone(struct sv host)
{
    const char *at = host.n != 0 ? memmem(host.p, host.n, "%25", 3) : NULL;
    return at != NULL ? (size_t)(at - host.p) : host.n;
}

static bool is_ipv6(struct sv s)
{
    char text[INET6_ADDRSTRLEN];
    struct in6_addr address;

    if (s.n >= sizeof text || memchr(s.p, '\0', s.n) != NULL)
        return false;
    memcpy(text, s.p, s.n);
    text[s.n] = '\0';
    return inet_pton(AF_INET6, text, &address) == 1;
}

static bool parse_bracketed(struct sv s, struct url *u, struct err *err)
{
    const char *close = memrchr(s.p, ']', s.n);
    if (close == NULL)
        return err_set(err, ERR_INVALID, "missing ']' in host");
    const size_t end = (size_t)(close - s.p);
    if (!parse_port(skip(s, end + 1), u, err))
        return false;
    u->host = (struct sv){s.p + 1, end - 1};
    const size_t zone = find_zone(u->host);
    if (!check_host_text(head(u->host, zone), false, err) || !check_host_text(skip(u->host, zone), true, err))
        return false;
    return is_ipv6(head(u->host, zone)) ||
           fail_quoting(err, "invalid host: ParseAddr(", u->host, "): unable to parse IP");
}

static bool parse_host(struct sv s, struct url *u, struct err *err)
{
    if (s.n != 0 && s.p[0] == '[')
        return parse_bracketed(s, u, err);
    const char *colon = s.n != 0 ? memchr(s.p, ':', s.n) : NULL;
    const size_t n = colon != NULL ? (size_t)(colon - s.p) : s.n;
    u->host = head(s, n);
    return parse_port(skip(s, n), u, err) && check_host_text(u->host, false, err);
}

static bool check_userinfo(struct sv s, struct err *err)
{
    for (size_t i = 0; i < s.n; i++)
        if (!keeps(":!$&'()*+,;=%@", s.p[i]))
            return err_set(err, ERR_INVALID, "net/url: invalid userinfo");
    return check_escapes(s, err);
}

static bool parse_authority(struct sv s, struct url *u, struct err *err)
{
    const char *at = s.n != 0 ? memrchr(s.p, '@', s.n) : NULL;

    u->has_authority = true;
    u->has_userinfo = at != NULL;
    if (at == NULL)
        return parse_host(s, u, err);
    const size_t n = (size_t)(at - s.p);
    u->userinfo = head(s, n);
    return parse_host(skip(s, n + 1), u, err) && check_userinfo(u->userinfo, err);
}

/* Splits "scheme:" off; *s is what follows. Without a scheme nothing changes. */
static bool parse_scheme(struct sv *s, struct url *u, struct err *err)
{
    for (size_t i = 0; i < s->n; i++) {
        const char c = s->p[i];
        if (c == ':') {
            if (i == 0)
                return err_set(err, ERR_INVALID, "missing protocol scheme");
            u->scheme = head(*s, i);
            *s = skip(*s, i + 1);
            return true;
        }
        const bool letter = is_alnum(c) && (c < '0' || c > '9');
        if (!letter && (i == 0 || !(is_alnum(c) || c == '+' || c == '-' || c == '.')))
            return true;
    }
    return true;
}

static bool check_relative(struct sv s, bool request, struct err *err)
{
    struct sv rest;

    if (request)
        return err_set(err, ERR_INVALID, "invalid URI for request");
    (void)cut(&s, '/', &rest);
    if (cut(&s, ':', &rest))
        return err_set(err, ERR_INVALID, "first path segment in URL cannot contain colon");
    return true;
}

/* Everything but the fragment. A request's URI is absolute, or a path; "//h/x" is a path then. */
static bool parse_parts(struct sv s, bool request, struct url *u, struct err *err)
{
    if (has_control(s))
        return err_set(err, ERR_INVALID, "net/url: invalid control character in URL");
    if (s.n == 0 && request)
        return err_set(err, ERR_INVALID, "empty url");
    if (sv_eq(s, SV("*"))) {
        u->path = s;
        return true;
    }
    if (!parse_scheme(&s, u, err))
        return false;
    u->has_query = cut(&s, '?', &u->query);
    if (!sv_has_prefix(s, SV("/"))) {
        u->path = s; /* after a scheme: opaque, as in mailto:a@b, and not looked at */
        return u->scheme.n != 0 || (check_relative(s, request, err) && check_escapes(s, err));
    }
    const bool authority = u->scheme.n != 0 || (!request && !sv_has_prefix(s, SV("///")));
    if (authority && sv_has_prefix(s, SV("//"))) {
        struct sv host = skip(s, 2);
        const char *slash = host.n != 0 ? memchr(host.p, '/', host.n) : NULL;
        const size_t n = slash != NULL ? (size_t)(slash - host.p) : host.n;
        if (!parse_authority(head(host, n), u, err))
            return false;
        s = skip(host, n);
    }
    u->path = s;
    return check_escapes(s, err);
}

static bool lower_scheme(struct url *u, struct arena *mem, struct err *err)
{
    char *lower = arena_strndup(mem, u->scheme.p, u->scheme.n);
    if (lower == NULL)
        return err_set(err, ERR_LIMIT, "URL is too long");
    for (size_t i = 0; i < u->scheme.n; i++)
        if (lower[i] >= 'A' && lower[i] <= 'Z')
            lower[i] = (char)(lower[i] - 'A' + 'a');
    u->scheme.p = lower;
    return true;
}

static bool fail_parse(struct sv s, struct err *err)
{
    struct strbuf quoted = {0};

    go_quote(&quoted, s);
    err_wrap(err, "parse %s", quoted.p);
    strbuf_done(&quoted);
    return false;
}

bool url_parse(struct sv s, struct arena *mem, struct url *u, struct err *err)
{
    struct sv rest = s;

    *u = (struct url){0};
    u->has_fragment = cut(&rest, '#', &u->fragment);
    if (!parse_parts(rest, false, u, err))
        return fail_parse(rest, err);
    if (!check_escapes(u->fragment, err))
        return fail_parse(s, err);
    return lower_scheme(u, mem, err);
}

bool url_parse_http(struct sv s, struct arena *mem, struct url *u, struct err *err)
{
    if (!url_parse(s, mem, u, err))
        return false;
    if (!sv_eq(u->scheme, SV("http")) && !sv_eq(u->scheme, SV("https")))
        return err_set(err, ERR_INVALID, "unsupported scheme \"%.*s\" for URL", SV_ARG(u->scheme));
    if (u->host.n == 0 && !u->has_port)
        return err_set(err, ERR_INVALID, "missing host for URL");
    return true;
}

bool url_is_request_uri(struct sv s)
{
    struct sv fragment = {NULL, 0};
    struct url u = {0};
    struct err err;

    (void)cut(&s, '#', &fragment);
    return !has_control(fragment) && parse_parts(s, true, &u, &err);
}

static void add_escaped(struct strbuf *out, char c)
{
    static const char digits[] = "0123456789ABCDEF";
    const unsigned char byte = (unsigned char)c;
    const char text[3] = {'%', digits[byte >> 4], digits[byte & 15]};
    strbuf_add(out, text, sizeof text);
}

static void escape(struct strbuf *out, struct sv s, const char *keep)
{
    for (size_t i = 0; i < s.n; i++) {
        if (keeps(keep, s.p[i]))
            strbuf_addc(out, s.p[i]);
        else
            add_escaped(out, s.p[i]);
    }
}

/* Decodes and encodes again: one spelling for all that mean the same. */
static void normalise(struct strbuf *out, struct sv s, const char *keep)
{
    for (size_t i = 0; i < s.n; i++) {
        const int byte = escaped_byte(skip(s, i));
        const char c = byte >= 0 ? (char)byte : s.p[i];
        escape(out, (struct sv){&c, 1}, keep);
        i += byte >= 0 ? 2 : 0;
    }
}

/* As written, if that is a valid spelling; `keep` is for what has to be spelled anew. */
static void print_written(struct strbuf *out, struct sv s, const char *keep)
{
    for (size_t i = 0; i < s.n; i++)
        if (!keeps(KEEP_WRITTEN, s.p[i]) && !keeps(keep, s.p[i])) {
            normalise(out, s, keep);
            return;
        }
    strbuf_addsv(out, s);
}

static void print_authority(struct strbuf *out, const struct url *u)
{
    const bool brackets = u->host.n != 0 && memchr(u->host.p, ':', u->host.n) != NULL;
    struct sv user = u->userinfo, password;

    strbuf_adds(out, "//");
    if (u->has_userinfo) {
        const bool has_password = cut(&user, ':', &password);
        normalise(out, user, KEEP_USER);
        if (has_password) {
            strbuf_addc(out, ':');
            normalise(out, password, KEEP_USER);
        }
        strbuf_addc(out, '@');
    }
    if (brackets)
        strbuf_addc(out, '[');
    normalise(out, u->host, KEEP_HOST);
    strbuf_adds(out, brackets ? "]" : "");
    if (u->has_port)
        strbuf_addc(out, ':');
    strbuf_addsv(out, u->port);
}

void url_print(struct strbuf *out, const struct url *u)
{
    const bool opaque = u->scheme.n != 0 && u->path.n != 0 && u->path.p[0] != '/';

    if (u->scheme.n != 0) {
        strbuf_addsv(out, u->scheme);
        strbuf_addc(out, ':');
    }
    if (u->has_authority)
        print_authority(out, u);
    if (opaque)
        strbuf_addsv(out, u->path);
    else
        print_written(out, u->path, sv_eq(u->path, SV("*")) ? "*" : KEEP_PATH);
    if (u->has_query)
        strbuf_addc(out, '?');
    strbuf_addsv(out, u->query);
    if (u->fragment.n != 0) {
        strbuf_addc(out, '#');
        print_written(out, u->fragment, KEEP_FRAGMENT);
    }
}

void url_escape_query(struct strbuf *out, struct sv s)
{
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == ' ')
            strbuf_addc(out, '+');
        else
            escape(out, head(skip(s, i), 1), KEEP_NOTHING);
    }
}

void url_escape_path(struct strbuf *out, struct sv s)
{
    escape(out, s, KEEP_NOTHING);
}

bool url_unescape(struct strbuf *out, struct sv s, bool plus)
{
    for (size_t i = 0; i < s.n; i++) {
        const int byte = escaped_byte(skip(s, i));
        if (byte < 0 && s.p[i] == '%')
            return false;
        if (byte >= 0)
            strbuf_addc(out, (char)byte);
        else
            strbuf_addc(out, plus && s.p[i] == '+' ? ' ' : s.p[i]);
        i += byte >= 0 ? 2 : 0;
    }
    return true;
}
