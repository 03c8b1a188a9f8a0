#include "addr.h"

#include <ctype.h>

#include "base/utf8.h"

#define MAX_ADDRESSES 1000

struct parser {
    const char *p, *end;
    struct arena *mem;
};

static bool is_atext(unsigned char c)
{
    return isalnum(c) || c >= 0x80 || (c != '\0' && strchr("!#$%&'*+-/=?^_`{|}~.", c) != NULL);
}

/* Blanks and (comments), which may stand between any two tokens. */
static bool skip_blanks(struct parser *ps, struct err *err)
{
    unsigned depth = 0;

    for (; ps->p < ps->end; ps->p++) {
        if (*ps->p == '(')
            depth++;
        else if (*ps->p == ')' && depth > 0)
            depth--;
        else if (depth == 0 && *ps->p != ' ' && *ps->p != '\t')
            return true;
    }
    return depth == 0 || err_set(err, ERR_INVALID, "mail: misformatted parenthetical comment");
}

static bool at_char(const struct parser *ps, char c)
{
    return ps->p < ps->end && *ps->p == c;
}

static struct sv take_atom(struct parser *ps)
{
    const char *start = ps->p;

    while (ps->p < ps->end && is_atext((unsigned char)*ps->p))
        ps->p++;
    return (struct sv){start, (size_t)(ps->p - start)};
}

/* The contents of the "..." at the cursor. */
static bool take_quoted(struct parser *ps, struct sv *out, struct err *err)
{
    char *text = arena_alloc(ps->mem, (size_t)(ps->end - ps->p));
    size_t n = 0;

    if (text == NULL)
        return err_set(err, ERR_LIMIT, "mail: address too long");
    for (ps->p++; ps->p < ps->end && *ps->p != '"'; ps->p++) {
        if (*ps->p == '\\' && ps->p + 1 < ps->end)
            ps->p++;
        text[n++] = *ps->p;
    }
    if (ps->p == ps->end)
        return err_set(err, ERR_INVALID, "mail: unclosed quoted-string");
    ps->p++;
    *out = (struct sv){text, n};
    return true;
}

static bool domain_ok(struct sv domain)
{
    if (domain.n == 0 || domain.p[0] == '.' || domain.p[domain.n - 1] == '.')
        return false;
    for (size_t i = 0; i < domain.n; i++) {
        const unsigned char c = (unsigned char)domain.p[i];
        if (!isalnum(c) && c < 0x80 && c != '-' && c != '.' && c != '_')
            return false;
        if (c == '.' && domain.p[i - 1] == '.')
            return false;
    }
    return true;
}

/* user@host, where `start` is the first byte of the user part and the cursor is behind it. */
static bool take_host(struct parser *ps, const char *start, struct sv *mail, struct err *err)
{
    const struct sv local = {start, (size_t)(ps->p - start)};

    if (local.n == 0 || local.p[0] == '.' || local.p[local.n - 1] == '.')
        return err_set(err, ERR_INVALID, "mail: invalid string");
    ps->p++; /* @ */
    const struct sv domain = take_atom(ps);
    if (!domain_ok(domain))
        return err_set(err, ERR_INVALID, "mail: no domain after @, or an invalid one");
    *mail = (struct sv){start, (size_t)(ps->p - start)};
    return true;
}

static bool take_angle(struct parser *ps, struct sv *mail, struct err *err)
{
    ps->p++; /* < */
    const char *start = ps->p;
    (void)take_atom(ps);
    if (!at_char(ps, '@'))
        return err_set(err, ERR_INVALID, "mail: missing @ in addr-spec");
    if (!take_host(ps, start, mail, err))
        return false;
    if (!at_char(ps, '>'))
        return err_set(err, ERR_INVALID, "mail: unclosed angle-addr");
    ps->p++;
    return true;
}

static bool add_word(struct parser *ps, struct strbuf *name, struct sv word, struct err *err)
{
    if (name->n != 0)
        strbuf_addc(name, ' ');
    strbuf_addsv(name, word);
    return skip_blanks(ps, err);
}

/* Words up to "<": the display name. A first word followed by "@" is a bare address instead. */
static bool take_name_or_mail(struct parser *ps, struct strbuf *name, struct sv *mail, struct err *err)
{
    while (ps->p < ps->end && *ps->p != '<' && *ps->p != ',') {
        struct sv word = {0};
        if (at_char(ps, '"')) {
            if (!take_quoted(ps, &word, err) || !add_word(ps, name, word, err))
                return false;
            continue;
        }
        word = take_atom(ps);
        if (word.n == 0)
            return err_set(err, ERR_INVALID, "mail: invalid string");
        if (at_char(ps, '@'))
            return name->n == 0 ? take_host(ps, word.p, mail, err)
                                : err_set(err, ERR_INVALID, "mail: no angle-addr");
        if (!add_word(ps, name, word, err))
            return false;
    }
    if (!at_char(ps, '<'))
        return err_set(err, ERR_INVALID, "mail: missing '@' or angle-addr");
    return take_angle(ps, mail, err);
}

static bool take_address(struct parser *ps, struct addr *out, struct err *err)
{
    CLEANUP(strbuf_donep) struct strbuf name = {0};

    if (!skip_blanks(ps, err) || !take_name_or_mail(ps, &name, &out->mail, err))
        return false;
    const char *copy = arena_strndup(ps->mem, name.n != 0 ? name.p : "", name.n);
    if (copy == NULL)
        return err_set(err, ERR_LIMIT, "mail: address too long");
    out->name = (struct sv){copy, name.n};
    return skip_blanks(ps, err);
}

static bool has_control(struct sv s)
{
    for (size_t i = 0; i < s.n; i++)
        if (((unsigned char)s.p[i] < 0x20 && s.p[i] != '\t') || s.p[i] == 0x7f)
            return true;
    return false;
}

bool addr_list_parse(struct sv text, struct arena *mem, struct addr **out, size_t *n, struct err *err)
{
    struct parser ps = {text.p, text.p + text.n, mem};
    size_t max = 1;

    for (size_t i = 0; i < text.n; i++)
        max += text.p[i] == ',';
    if (!utf8_valid(text))
        return err_set(err, ERR_INVALID, "mail: invalid utf-8 in address");
    if (has_control(text))
        return err_set(err, ERR_INVALID, "mail: control character in address");
    if (max > MAX_ADDRESSES)
        return err_set(err, ERR_LIMIT, "mail: more than %d addresses", MAX_ADDRESSES);
    *out = ARENA_ARRAY(mem, struct addr, max);
    *n = 0;
    if (*out == NULL)
        return err_set(err, ERR_LIMIT, "mail: address too long");
    if (sv_trim(text).n == 0)
        return err_set(err, ERR_INVALID, "mail: no address");
    for (;;) {
        if (!take_address(&ps, &(*out)[(*n)++], err))
            return false;
        if (ps.p == ps.end)
            return true;
        if (*ps.p != ',')
            return err_set(err, ERR_INVALID, "mail: expected comma");
        ps.p++;
    }
}
