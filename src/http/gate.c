#include "gate.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
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

static void reply_unauthorized(struct exchange *x)
{
    reply_header(x, "WWW-Authenticate", "Basic");
    reply_plain(x, 401, SV("Unauthorized\n"));
}

/* "Basic <base64 of name:password>". */
static bool read_credentials(const struct exchange *x, struct strbuf *text, struct sv *name,
                             struct sv *password)
{
    const struct sv header = exchange_header(x, "authorization"), scheme = SV("Basic ");
    if (header.n < scheme.n || !sv_eq_nocase((struct sv){header.p, scheme.n}, scheme) ||
        !base64_decode(text, (struct sv){header.p + scheme.n, header.n - scheme.n}))
        return false;
    const char *colon = text->n != 0 ? memchr(text->p, ':', text->n) : NULL;
    if (colon == NULL)
        return false;
    *name = (struct sv){text->p, (size_t)(colon - text->p)};
    *password = (struct sv){colon + 1, text->n - name->n - 1};
    return true;
}

/* Who is not known is checked against a hash that nobody has, as dear as the others: the time must not tell
 * who is. */
static bool hash_of(const struct string_map *users, struct sv name, struct strbuf *hash)
{
    static const char nobody[] = "$2y$10$QOauhQNbBCuQDKes6eFzPeMqBSjb7Mr5DUmpZ/VcEd00UAV/LDeSi";
    for (size_t i = 0; i < users->n; i++)
        if (sv_eq(sv_of(users->v[i].name), name)) {
            strbuf_adds(hash, users->v[i].value);
            return true;
        }
    strbuf_add(hash, users->v[0].value, 7); /* $2y$12$ */
    strbuf_adds(hash, nobody + 7);
    return false;
}

/* A password at the worker. */
struct login {
    struct pending base;
    struct work work;
    struct gate *gate;
    char *hash;
    struct strbuf password;
    bool known; /* the name is */
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
    if (base->ok)
        l->go_on(x);
    else
        reply_unauthorized(x);
}

/* In the worker's thread. */
static void check(struct work *work)
{
    struct login *l = CONTAINER_OF(work, struct login, work);
    const bool right = password_matches(l->hash, strbuf_sv(&l->password)) && l->known;
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

static void log_in(struct gate *g, struct exchange *x, const struct string_map *users,
                   void (*go_on)(struct exchange *x))
{
    CLEANUP(strbuf_donep) struct strbuf text = {0};
    struct strbuf hash = {0};
    struct sv name, password;
    bool right;
    if (!read_credentials(x, &text, &name, &password)) {
        reply_unauthorized(x);
        return;
    }
    struct login l = {.go_on = go_on, .known = hash_of(users, name, &hash)};
    l.hash = strbuf_take(&hash);
    l.key = password_key(&g->passwords, sv_of(l.hash), password);
    if (!password_cache_find(&g->passwords, &l.key, &right)) {
        check_later(g, x, &l, password);
    } else {
        free(l.hash);
        if (right && l.known)
            go_on(x);
        else
            reply_unauthorized(x);
    }
    explicit_bzero(text.p, text.n);
}

/* ---- the layer ---- */

static void add_headers(struct exchange *x, const struct string_map *headers)
{
    for (size_t i = 0; i < headers->n; i++)
        reply_header_copy(x, headers->v[i].name, sv_of(headers->v[i].value));
}

void gate_pass(struct gate *g, struct exchange *x, void (*go_on)(struct exchange *x))
{
    if (g->source.path == NULL) {
        go_on(x);
        return;
    }
    struct web_state *w = web_source_get(&g->source, false);
    if (w == NULL) {
        reply_plain(x, 500, SV("Internal Server Error\n"));
    } else if (!take_token(g)) {
        reply_plain(x, 429, SV("Too Many Requests\n"));
    } else {
        add_headers(x, &w->config->http.headers);
        if (w->config->users.n == 0)
            go_on(x);
        else
            log_in(g, x, &w->config->users, go_on);
    }
    web_state_unref(w);
}
