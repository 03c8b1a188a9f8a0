/* E-mail (receivers.md A3). Everything is rendered before the connection is opened. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

#include "addr.h"
#include "codec/digest.h"
#include "codec/rfc3339.h"
#include "config/fields.h"
#include "list.h"
#include "mime.h"
#include "text.h"

struct threading {
    bool enabled;
    char *thread_by_date;
};

struct email {
    struct receiver_common common;
    char *to, *from, *hello;
    struct hostport smarthost;
    char *auth_username, *auth_password, *auth_password_file, *auth_secret, *auth_secret_file, *auth_identity;
    struct string_map headers; /* names canonical, sorted */
    char *html, *text;
    int8_t require_tls, force_implicit_tls; /* -1: not set */
    struct tls_config *tls_config;
    struct threading threading;
};

static const struct field threading_fields[] = {
    {.key = "enabled",
     .kind = FIELD_BOOL,
     .offset = offsetof(struct threading, enabled),
     .doc = "Lets mail programs show the notifications of a group as one conversation."},
    {.key = "thread_by_date",
     .kind = FIELD_STRING,
     .offset = offsetof(struct threading, thread_by_date),
     .doc = "none, or daily for a new conversation each day."},
    {0},
};
static const struct schema threading_schema = {.name = "threading",
                                               .go_type = "config.ThreadingConfig",
                                               .size = sizeof(struct threading),
                                               .fields = threading_fields};

#define EMAIL_FIELD(name, field_kind, field_def, field_flags, field_doc)                                     \
    {                                                                                                        \
        .key = #name, .kind = (field_kind), .offset = offsetof(struct email, name), .def = (field_def),      \
        .flags = (field_flags), .doc = (field_doc)                                                           \
    }

static const struct field fields[] = {
    RECEIVER_SEND_RESOLVED("false"),
    EMAIL_FIELD(to, FIELD_STRING, NULL, FIELD_TMPL | FIELD_REQUIRED, "The recipients."),
    EMAIL_FIELD(from, FIELD_STRING, NULL, FIELD_TMPL, "The sender."),
    EMAIL_FIELD(hello, FIELD_STRING, NULL, 0, "The name given in EHLO."),
    EMAIL_FIELD(smarthost, FIELD_HOSTPORT, NULL, 0, "The SMTP server."),
    EMAIL_FIELD(auth_username, FIELD_STRING, NULL, 0, "The user name for AUTH."),
    EMAIL_FIELD(auth_password, FIELD_SECRET, NULL, 0, "The password for PLAIN and LOGIN."),
    EMAIL_FIELD(auth_password_file, FIELD_STRING, NULL, 0, "A file that holds the password."),
    EMAIL_FIELD(auth_secret, FIELD_SECRET, NULL, 0, "The secret for CRAM-MD5."),
    EMAIL_FIELD(auth_secret_file, FIELD_STRING, NULL, 0, "A file that holds the secret."),
    EMAIL_FIELD(auth_identity, FIELD_STRING, NULL, 0, "The authorization identity for PLAIN."),
    EMAIL_FIELD(headers, FIELD_MAP, NULL, FIELD_TMPL, "Header fields; each value is a template."),
    EMAIL_FIELD(html, FIELD_STRING, "{{ template \"email.default.html\" . }}", FIELD_TMPL,
                "The HTML body; an empty one is left out."),
    EMAIL_FIELD(text, FIELD_STRING, NULL, FIELD_TMPL, "The text body; an empty one is left out."),
    EMAIL_FIELD(require_tls, FIELD_TRIBOOL, NULL, 0, "Whether the server must offer STARTTLS."),
    {.key = "tls_config",
     .kind = FIELD_STRUCT_PTR,
     .offset = offsetof(struct email, tls_config),
     .sub = &tls_config_schema,
     .doc = "TLS settings."},
    EMAIL_FIELD(force_implicit_tls, FIELD_TRIBOOL, NULL, 0,
                "TLS from the first byte; when not set, on port 465 only."),
    {.key = "threading",
     .kind = FIELD_STRUCT,
     .offset = offsetof(struct email, threading),
     .sub = &threading_schema,
     .doc = "Conversations."},
    {0},
};

static bool token_char(char c)
{
    return isalnum((unsigned char)c) || (c != '\0' && strchr("!#$%&'*+-.^_`|~", c) != NULL);
}

static bool is_token(const char *name)
{
    for (const char *c = name; *c != '\0'; c++)
        if (!token_char(*c))
            return false;
    return name[0] != '\0';
}

/* X-Foo-Bar, as Go's textproto writes header names. */
static void canonicalise(char *name)
{
    bool upper = true;

    for (; *name != '\0'; name++) {
        *name = (char)(upper ? toupper((unsigned char)*name) : tolower((unsigned char)*name));
        upper = *name == '-';
    }
}

static int pair_cmp(const void *a, const void *b)
{
    const struct string_pair *x = a, *y = b;
    return strcmp(x->name, y->name);
}

static bool check_headers(struct decoder *d, const struct ytree *node, struct string_map *headers)
{
    for (size_t i = 0; i < headers->n; i++) {
        if (!is_token(headers->v[i].name))
            return decode_fail(d, node, "invalid header name \"%s\" in email config", headers->v[i].name);
        canonicalise(headers->v[i].name);
    }
    if (headers->n != 0)
        qsort(headers->v, headers->n, sizeof *headers->v, pair_cmp);
    for (size_t i = 1; i < headers->n; i++)
        if (strcmp(headers->v[i - 1].name, headers->v[i].name) == 0)
            return decode_fail(d, node, "duplicate header \"%s\" in email config", headers->v[i].name);
    return true;
}

static bool has_header(const struct email *e, const char *name)
{
    for (size_t i = 0; i < e->headers.n; i++)
        if (strcmp(e->headers.v[i].name, name) == 0)
            return true;
    return false;
}

static bool check_threading(struct decoder *d, const struct ytree *node, const struct email *e)
{
    static const char *const conflicts[] = {"References", "In-Reply-To"};
    const char *by_date = e->threading.thread_by_date;

    if (!e->threading.enabled)
        return true;
    if (!is_set(by_date) || (strcmp(by_date, "none") != 0 && strcmp(by_date, "daily") != 0))
        return decode_fail(d, node, "threading.thread_by_date must be either 'none' or 'daily'");
    for (size_t i = 0; i < COUNT_OF(conflicts); i++)
        if (has_header(e, conflicts[i]))
            return decode_fail(d, node,
                               "conflicting configuration: threading.enabled conflicts with custom %s header",
                               conflicts[i]);
    return true;
}

static bool check(struct decoder *d, const struct ytree *node, void *object)
{
    struct email *e = object;

    if (!is_set(e->to))
        return decode_fail(d, node, "missing to address in email config");
    return check_headers(d, node, &e->headers) && check_threading(d, node, e);
}

static void inherit(char **own, char *from_global)
{
    if (!is_set(*own))
        *own = from_global;
}

static void inherit_pair(char **value, char **file, char *global_value, char *global_file)
{
    if (is_set(*value) || is_set(*file))
        return;
    *value = global_value;
    *file = global_file;
}

static bool resolve(struct decoder *d, const struct ytree *node, void *settings, const struct global *global)
{
    struct email *e = settings;

    if (e->smarthost.port == NULL)
        e->smarthost = global->smtp_smarthost;
    if (e->smarthost.port == NULL)
        return decode_fail(d, node, "no global SMTP smarthost set");
    inherit(&e->from, global->smtp_from);
    if (!is_set(e->from))
        return decode_fail(d, node, "no global SMTP from set");
    inherit(&e->hello, global->smtp_hello);
    inherit(&e->auth_username, global->smtp_auth_username);
    inherit_pair(&e->auth_password, &e->auth_password_file, global->smtp_auth_password,
                 global->smtp_auth_password_file);
    inherit_pair(&e->auth_secret, &e->auth_secret_file, global->smtp_auth_secret,
                 global->smtp_auth_secret_file);
    inherit(&e->auth_identity, global->smtp_auth_identity);
    if (e->require_tls < 0)
        e->require_tls = global->smtp_require_tls;
    if (e->tls_config == NULL)
        e->tls_config = global->smtp_tls_config;
    if (e->force_implicit_tls < 0)
        e->force_implicit_tls = global->smtp_force_implicit_tls;
    return true;
}

static void add_default(struct email *e, const char *name, const char *value, struct decoder *d)
{
    struct arena *mem = decode_arena(d);

    if (!has_header(e, name))
        e->headers.v[e->headers.n++] = (struct string_pair){arena_strndup(mem, name, strlen(name)),
                                                            arena_strndup(mem, value, strlen(value))};
}

/* The defaults among the headers are there from the start, and printed. */
static void complete(struct decoder *d, void *settings)
{
    struct email *e = settings;
    struct string_pair *v = ARENA_ARRAY(decode_arena(d), struct string_pair, e->headers.n + 3);

    if (e->headers.n != 0)
        memcpy(v, e->headers.v, e->headers.n * sizeof *v);
    e->headers.v = v;
    add_default(e, "From", e->from, d);
    add_default(e, "Subject", "{{ template \"email.default.subject\" . }}", d);
    add_default(e, "To", e->to, d);
    qsort(e->headers.v, e->headers.n, sizeof *e->headers.v, pair_cmp);
}

static const struct schema schema = {.name = "email config",
                                     .go_type = "config.plain",
                                     .size = sizeof(struct email),
                                     .fields = fields,
                                     .check = check};

static bool too_large(struct err *err)
{
    return err_set(err, ERR_LIMIT, "mail is too large");
}

static bool keep_text(struct render *r, struct sv text, const char **out, struct err *err)
{
    *out = arena_strndup(r->mem, text.n != 0 ? text.p : "", text.n);
    return *out != NULL || too_large(err);
}

static bool render_from(struct render *r, const struct email *e, struct request *out, struct err *err)
{
    struct addr *list;
    struct sv from;
    size_t n;

    if (!render_text(r, e->from, &from, err))
        return err_wrap(err, "execute 'from' template");
    if (!addr_list_parse(from, r->mem, &list, &n, err))
        return err_wrap(err, "parse 'from' addresses");
    if (n != 1)
        return err_set(err, ERR_INVALID, "must be exactly one 'from' address (got: %zu)", n);
    return keep_text(r, list[0].mail, &out->smtp_from, err);
}

static bool render_to(struct render *r, const struct email *e, struct request *out, struct err *err)
{
    struct addr *list;
    struct sv to;
    size_t n;

    if (!render_text(r, e->to, &to, err))
        return err_wrap(err, "execute 'to' template");
    if (!addr_list_parse(to, r->mem, &list, &n, err))
        return err_wrap(err, "parse 'to' addresses");
    out->smtp_to = ARENA_ARRAY(r->mem, const char *, n + 1);
    if (out->smtp_to == NULL)
        return too_large(err);
    for (size_t i = 0; i < n; i++)
        if (!keep_text(r, list[i].mail, &out->smtp_to[i], err))
            return false;
    return true;
}

static bool render_headers(struct render *r, const struct email *e, struct mime_message *m, struct err *err)
{
    struct mime_header *headers = ARENA_ARRAY(r->mem, struct mime_header, e->headers.n);

    if (headers == NULL)
        return too_large(err);
    m->headers = headers;
    m->n_headers = e->headers.n;
    for (size_t i = 0; i < e->headers.n; i++) {
        const struct string_pair *h = &e->headers.v[i];
        headers[i].name = sv_of(h->name);
        if (!render_text(r, h->value, &headers[i].value, err))
            return err_wrap(err, "execute \"%s\" header template", h->name);
    }
    return true;
}

static bool set_message_id(struct render *r, const struct email *e, struct mime_message *m, struct err *err)
{
    char id[512];

    if (has_header(e, "Message-Id"))
        return true;
    const int n = snprintf(id, sizeof id, "<%lld%09d.%llu@%s>", (long long)r->now.wall.sec, r->now.wall.nsec,
                           (unsigned long long)r->random, r->hostname);
    const char *copy = arena_strndup(r->mem, id, n < (int)sizeof id ? (size_t)n : sizeof id - 1);
    m->message_id = sv_of(copy);
    return copy != NULL || too_large(err);
}

static bool set_thread_id(struct render *r, const struct email *e, struct mime_message *m, struct err *err)
{
    char hash[65], day[16] = "", id[96];

    if (!e->threading.enabled)
        return true;
    sha256_hex(sv_of(r->delivery->group_key), hash);
    if (strcmp(e->threading.thread_by_date, "daily") == 0) {
        const struct civil c = stamp_civil(r->now.wall);
        (void)snprintf(day, sizeof day, "%04d-%02d-%02d", c.year % 10000, c.month % 100, c.day % 100);
    }
    (void)snprintf(id, sizeof id, "<alert-%.16s-%s@alertmanager>", hash, day);
    const char *copy = arena_strndup(r->mem, id, strlen(id));
    m->thread_id = sv_of(copy);
    return copy != NULL || too_large(err);
}

/* 60 hex digits that no body contains by accident. */
static bool set_boundary(struct render *r, struct mime_message *m, struct err *err)
{
    char hash[65];

    sha256_hex((struct sv){(const char *)&r->random, sizeof r->random}, hash);
    return keep_text(r, (struct sv){hash, 60}, &m->boundary, err);
}

static bool render_bodies(struct render *r, const struct email *e, struct mime_message *m, struct err *err)
{
    if (!render_text(r, e->text, &m->text, err))
        return err_wrap(err, "execute text template");
    if (!render_html(r, e->html, &m->html, err))
        return err_wrap(err, "execute html template");
    return true;
}

static bool render_message(struct render *r, const struct email *e, struct request *out, struct err *err)
{
    struct mime_message m = {.date = r->now.wall};
    CLEANUP(strbuf_donep) struct strbuf text = {0};
    const char *copy;

    if (!render_from(r, e, out, err) || !render_to(r, e, out, err) || !render_headers(r, e, &m, err) ||
        !render_bodies(r, e, &m, err) || !set_message_id(r, e, &m, err) || !set_thread_id(r, e, &m, err) ||
        !set_boundary(r, &m, err))
        return false;
    mime_message_write(&text, &m, r->mem);
    if (text.overflow)
        return too_large(err);
    if (!keep_text(r, strbuf_sv(&text), &copy, err))
        return false;
    out->body = (struct sv){copy, text.n};
    return true;
}

struct state {
    bool by_secret; /* of two ways to log in it is the secret's turn */
};

/* With a password and a secret both are tried in turn: which one the server takes shows when it refuses. */
static void choose_credentials(struct render *r, struct sv *password, struct sv *secret)
{
    const struct state *state = r->state;

    if (password->n == 0 || secret->n == 0)
        return;
    *(state->by_secret ? password : secret) = SV("");
}

/* Unlike elsewhere, a file wins over the inline value; the CRAM-MD5 secret is used as it is in the file. */
static bool render_credentials(struct render *r, const struct email *e, struct request *out, struct err *err)
{
    struct sv password, secret;

    if (!render_secret(r, is_set(e->auth_password_file) ? NULL : e->auth_password, e->auth_password_file,
                       false, &password, err))
        return err_wrap(err, "read auth_password_file");
    if (!render_secret(r, is_set(e->auth_secret_file) ? NULL : e->auth_secret, e->auth_secret_file, true,
                       &secret, err))
        return err_wrap(err, "read auth_secret_file");
    choose_credentials(r, &password, &secret);
    out->smtp_username = e->auth_username;
    out->smtp_identity = e->auth_identity;
    return keep_text(r, password, &out->smtp_password, err) && keep_text(r, secret, &out->smtp_secret, err);
}

static bool render(struct render *r, struct request *out, struct err *err)
{
    const struct email *e = (const struct email *)(const void *)r->settings;

    out->kind = REQUEST_SMTP;
    out->smtp_host = is_set(e->smarthost.host) ? e->smarthost.host : "localhost";
    out->smtp_port = e->smarthost.port;
    out->smtp_hello = e->hello;
    out->smtp_implicit_tls =
        e->force_implicit_tls >= 0 ? e->force_implicit_tls != 0 : strcmp(e->smarthost.port, "465") == 0;
    out->smtp_require_tls = e->require_tls != 0;
    out->smtp_tls = e->tls_config;
    return render_credentials(r, e, out, err) && render_message(r, e, out, err);
}

/* Whatever the server says may be different in a minute: every failure is retried. */
static void classify(struct render *r, const struct request *sent, const struct reply *reply,
                     struct verdict *out)
{
    struct state *state = r->state;

    (void)sent;
    if (reply->transported) {
        *out = (struct verdict){.kind = VERDICT_DELIVERED};
        return;
    }
    verdict_set(out, VERDICT_RETRY, FAILURE_OTHER, "%s", reply->transport_error);
    state->by_secret = !state->by_secret;
}

const struct receiver_type email_receiver = {
    .schema = {.name = "email",
               .key = "email_configs",
               .schema = &schema,
               .resolve = resolve,
               .complete = complete},
    .state_size = sizeof(struct state),
    .render = render,
    .classify = classify,
};
