#include "gate.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/utf8.h"
#include "codec/digest.h"
#include "exchange.h"
#include "pending.h"
#include "reply.h"

/* Passwords that may wait for the worker: at some 20 a second, a few seconds' worth. */
#define WAITING_MAX 64

bool gate_init(struct gate *g, const char *path, struct err *err)
{
    *g = (struct gate){0};
    if (path == NULL || *path == '\0')
        return true;
    if (!web_source_init(&g->source, path, err))
        return false;
    const struct web_rate_limit *limit = &g->source.state->config->rate_limit;
    g->interval = limit->interval;
    g->tokens = g->burst = (double)limit->burst;
    g->refilled_at = clk_now().mono;
    pthread_mutex_init(&g->mu, NULL);
    worker_init(&g->worker, "http-auth", WAITING_MAX);
    return password_cache_init(&g->passwords) || err_set(err, ERR_SYSTEM, "no random numbers");
}

void gate_done(struct gate *g)
{
    if (g->source.path == NULL)
        return;
    worker_done(&g->worker);
    password_cache_done(&g->passwords);
    pthread_mutex_destroy(&g->mu);
    web_source_done(&g->source);
}

/* ---- the rate limit: a token bucket ---- */

static bool take_token(struct gate *g)
{
    if (g->interval == 0)
        return true;
    pthread_mutex_lock(&g->mu);
    const mono_ns now = clk_now().mono;
    const double filled = g->tokens + (double)(now - g->refilled_at) / (double)g->interval;
    g->tokens = filled < g->burst ? filled : g->burst;
    g->refilled_at = now;
    const bool ok = g->tokens >= 1;
    if (ok)
        g->tokens -= 1;
    pthread_mutex_unlock(&g->mu);
    return ok;
}

/* ---- who asks ---- */

/* What a request shows to be let in, and whom it stands for when it is right. */
struct claim {
    const struct access_user *user; /* of the access block; NULL: somebody of basic_auth_users, or nobody */
    unsigned rights;
    char name[64];
    bool known; /* the name is */
};

static void reply_unauthorized(struct exchange *x)
{
    reply_header(x, "WWW-Authenticate", "Basic");
    reply_plain(x, 401, SV("Unauthorized\n"));
}

static void admit(struct exchange *x, const struct claim *who)
{
    x->user = who->user;
    x->rights = who->rights;
    memcpy(x->user_name, who->name, sizeof x->user_name);
}

static struct claim claim_of(const struct access_user *user, unsigned rights, struct sv name)
{
    struct claim c = {.user = user, .rights = rights, .known = true};
    const size_t n = utf8_cut(name, sizeof c.name - 1);
    memcpy(c.name, name.p, n);
    return c;
}

/* The rest of an Authorization header of that scheme; n is 0 for others. */
static struct sv credentials_of(const struct exchange *x, struct sv scheme)
{
    const struct sv header = exchange_header(x, "authorization");
    if (header.n <= scheme.n || !sv_eq_nocase((struct sv){header.p, scheme.n}, scheme))
        return (struct sv){0};
    return (struct sv){header.p + scheme.n, header.n - scheme.n};
}

/* "name:password" in base64. */
static bool read_password(struct sv credentials, struct strbuf *text, struct sv *name, struct sv *password)
{
    if (credentials.n == 0 || !base64_decode(text, credentials))
        return false;
    const char *colon = text->n != 0 ? memchr(text->p, ':', text->n) : NULL;
    if (colon == NULL)
        return false;
    *name = (struct sv){text->p, (size_t)(colon - text->p)};
    *password = (struct sv){colon + 1, text->n - name->n - 1};
    return true;
}

/* The hash that belongs to a name; NULL: nobody of that name. */
static const char *find_user(const struct web_config *c, struct sv name, struct claim *who)
{
    for (size_t i = 0; i < c->users.n; i++)
        if (sv_eq(sv_of(c->users.v[i].name), name)) {
            *who = claim_of(NULL, RIGHT_ALL, name);
            return c->users.v[i].value;
        }
    for (size_t i = 0; c->access != NULL && i < c->access->users.n; i++) {
        const struct access_user *u = c->access->users.v[i];
        if (!sv_eq(sv_of(u->name), name))
            continue;
        *who = claim_of(u, u->rights, name);
        return u->secret;
    }
    return NULL;
}

static const char *any_hash(const struct web_config *c)
{
    if (c->users.n != 0)
        return c->users.v[0].value;
    if (c->access != NULL && c->access->users.n != 0)
        return ((const struct access_user *)c->access->users.v[0])->secret;
    return NULL;
}

/* Who is not known is checked against a hash that nobody has, as dear as the others: the time must not tell
 * who is. NULL: there are no passwords at all. */
static char *hash_for(const struct web_config *c, struct sv name, struct claim *who)
{
    static const char nobody[] = "$2y$10$QOauhQNbBCuQDKes6eFzPeMqBSjb7Mr5DUmpZ/VcEd00UAV/LDeSi";
    const char *hash = find_user(c, name, who), *other = any_hash(c);
    struct strbuf text = {0};
    if (hash != NULL)
        return xstrdup(hash);
    if (other == NULL)
        return NULL;
    strbuf_add(&text, other, 7); /* $2y$12$ */
    strbuf_adds(&text, nobody + 7);
    return strbuf_take(&text);
}

/* A password at the worker. */
struct login {
    struct pending base;
    struct work work;
    struct gate *gate;
    char *hash;
    struct strbuf password;
    struct claim who;
    struct password_key key;
    void (*go_on)(struct exchange *x);
};

static void dispose(struct pending *base)
{
    struct login *l = CONTAINER_OF(base, struct login, base);
    free(l->hash);
    explicit_bzero(l->password.p, l->password.n);
    strbuf_done(&l->password);
    free(l);
}

static void answer(struct exchange *x, struct pending *base)
{
    const struct login *l = CONTAINER_OF(base, struct login, base);
    if (!base->ok) {
        reply_unauthorized(x);
        return;
    }
    admit(x, &l->who);
    l->go_on(x);
}

/* In the worker's thread. */
static void check(struct work *work)
{
    struct login *l = CONTAINER_OF(work, struct login, work);
    const bool right = password_matches(l->hash, strbuf_sv(&l->password)) && l->who.known;
    password_cache_put(&l->gate->passwords, &l->key, right);
    pending_return(&l->base, right);
}

static void check_later(struct gate *g, struct exchange *x, const struct login *with, struct sv password)
{
    struct login *l = xcalloc(1, sizeof *l);
    *l = *with;
    l->gate = g;
    l->work.run = check;
    strbuf_addsv(&l->password, password);
    pending_begin(&l->base, x, answer, dispose);
    if (worker_give(&g->worker, &l->work))
        return;
    pending_cancel(&l->base);
    reply_busy(x);
}

static void log_in(struct gate *g, struct exchange *x, struct sv name, struct sv password,
                   void (*go_on)(struct exchange *x))
{
    struct login l = {.go_on = go_on};
    bool right;
    l.hash = hash_for(x->web->config, name, &l.who);
    if (l.hash == NULL) {
        reply_unauthorized(x);
        return;
    }
    l.key = password_key(&g->passwords, sv_of(l.hash), password);
    if (!password_cache_find(&g->passwords, &l.key, &right)) {
        check_later(g, x, &l, password);
        return;
    }
    free(l.hash);
    if (right && l.who.known) {
        admit(x, &l.who);
        go_on(x);
    } else {
        reply_unauthorized(x);
    }
}

/* Every stored digest is compared, so that the time does not tell which one is near. */
static bool find_token(const struct access_config *access, struct sv token, struct claim *who)
{
    char digest[65];
    bool found = false;
    sha256_hex(token, digest);
    for (size_t i = 0; access != NULL && i < access->tokens.n; i++) {
        const struct access_user *u = access->tokens.v[i];
        if (!equal_constant_time(sv_of(digest), sv_of(u->secret)))
            continue;
        *who = claim_of(u, u->rights, sv_of(u->name));
        found = true;
    }
    return found;
}

static void identify(struct gate *g, struct exchange *x, void (*go_on)(struct exchange *x))
{
    const struct access_config *access = x->web->config->access;
    const struct sv token = credentials_of(x, SV("Bearer "));
    CLEANUP(strbuf_donep) struct strbuf text = {0};
    struct sv name, password;
    struct claim who = {.rights = access != NULL ? access->anonymous_rights : 0};
    if (token.n != 0 ? find_token(access, token, &who)
                     : exchange_header(x, "authorization").n == 0 && who.rights != 0) {
        admit(x, &who);
        go_on(x);
    } else if (read_password(credentials_of(x, SV("Basic ")), &text, &name, &password)) {
        log_in(g, x, name, password, go_on);
    } else {
        reply_unauthorized(x);
    }
    if (text.n != 0)
        explicit_bzero(text.p, text.n);
}

/* ---- the layer ---- */

static void add_headers(struct exchange *x, const struct string_map *headers)
{
    for (size_t i = 0; i < headers->n; i++)
        reply_header_copy(x, headers->v[i].name, sv_of(headers->v[i].value));
}

static void enter_open(struct exchange *x, void (*go_on)(struct exchange *x))
{
    x->rights = 0;
    go_on(x);
}

void gate_pass(struct gate *g, struct exchange *x, bool (*is_open)(const struct exchange *x),
               void (*go_on)(struct exchange *x))
{
    if (g->source.path == NULL) {
        go_on(x);
        return;
    }
    struct web_state *w = x->web = web_source_get(&g->source, false);
    if (w == NULL) {
        reply_plain(x, 500, SV("Internal Server Error\n"));
    } else if (!take_token(g)) {
        reply_plain(x, 429, SV("Too Many Requests\n"));
    } else {
        add_headers(x, &w->config->http.headers);
        if (w->config->users.n == 0 && w->config->access == NULL)
            go_on(x);
        else if (is_open(x))
            enter_open(x, go_on);
        else
            identify(g, x, go_on);
    }
}
