/* {prefix}/action/{token}: where the signed links of messages lead (core/action_link.h).
 *
 *   GET   200 the page that asks, or says that nothing fires there; changes nothing, because chats fetch
 *         links to show what is behind them
 *   POST  does it; the form has `name`, which is remembered in a cookie. 200, also when it was done before
 *
 * `lang`, zh or en, chooses the language. 403 for a link that is not ours, 410 for one that is too old, 409
 * when the silence is not allowed, 500 when it could not be stored. Without --web.external-url there are no
 * links: 404.
 *
 * The link is the right to act, so nobody has to log in; that it was a link is in the audit trail, with the
 * address and the name that was typed.
 */
#include <stdlib.h>
#include <string.h>

#include "action_page.h"
#include "api.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "codec/digest.h"
#include "codec/url.h"
#include "listing.h"
#include "pending.h"
#include "query.h"
#include "reach.h"
#include "reply.h"
#include "silence_log.h"

#define FORM_MAX    ((size_t)4096)
#define COOKIE      "tocsin_name="
#define COOKIE_LIFE 31536000 /* seconds */

/* ---- requests ---- */

static enum page_language language_of(struct exchange *x)
{
    struct query q;
    const bool ok = query_parse(x->routed.query, &x->loop->arena, &q);

    return page_language_of(ok ? query_last(&q, "lang") : (struct sv){0},
                            exchange_header(x, "accept-language"));
}

/* Text from outside as a name: valid, on one line, not too long. */
static void read_name(struct sv text, char out[sizeof((struct actor *)0)->name])
{
    CLEANUP(strbuf_donep) struct strbuf clean = {0};
    const size_t room = sizeof((struct actor *)0)->name - 1;

    memset(out, 0, room + 1);
    utf8_add_clean(&clean, sv_trim(text));
    for (size_t i = 0; i < clean.n; i++)
        if ((unsigned char)clean.p[i] < ' ' || clean.p[i] == 0x7F)
            clean.p[i] = ' ';
    const size_t n = utf8_cut(strbuf_sv(&clean), room);
    if (n != 0)
        memcpy(out, clean.p, n);
}

static void name_of_cookie(const struct exchange *x, char out[sizeof((struct actor *)0)->name])
{
    CLEANUP(strbuf_donep) struct strbuf text = {0};
    struct sv rest = exchange_header(x, "cookie");
    const char *at = rest.n != 0 ? memmem(rest.p, rest.n, COOKIE, sizeof(COOKIE) - 1) : NULL;

    out[0] = '\0';
    if (at == NULL)
        return;
    at += sizeof(COOKIE) - 1;
    rest = (struct sv){at, rest.n - (size_t)(at - rest.p)};
    const char *end = memchr(rest.p, ';', rest.n);
    if (end != NULL)
        rest.n = (size_t)(end - rest.p);
    if (url_unescape(&text, rest, true))
        read_name(strbuf_sv(&text), out);
}

/* ---- answers ---- */

static void add_headers(struct exchange *x)
{
    reply_header(x, "Cache-Control", "no-store");
    reply_header(x, "Content-Security-Policy",
                 "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; "
                 "frame-ancestors 'none'");
    reply_header(x, "Referrer-Policy", "no-referrer");
    reply_header(x, "X-Content-Type-Options", "nosniff");
    reply_header(x, "X-Frame-Options", "DENY");
    reply_header(x, "X-Robots-Tag", "noindex, nofollow");
    reply_header(x, "Vary", "Accept-Language, Cookie");
}

static void reply_page(struct exchange *x, int status, struct strbuf *page)
{
    add_headers(x);
    reply_buffer(x, status, "text/html; charset=utf-8", page);
}

static int status_of(enum action_end end)
{
    switch (end) {
    case ACTION_REFUSED:
        return 403;
    case ACTION_TOO_LATE:
        return 410;
    case ACTION_EVERYTHING:
    case ACTION_TOO_MANY:
        return 409;
    case ACTION_NOT_STORED:
        return 500;
    case ACTION_DONE_ACK:
    case ACTION_DONE_SILENCE:
    case ACTION_DONE_UNTIL_RESOLVED:
    case ACTION_NOTHING:
        break;
    }
    return 200;
}

static void reply_end(struct exchange *x, enum action_end end)
{
    struct strbuf page = {0};

    action_page_end(&page, language_of(x), end, (struct sv){0}, STAMP_UNSET);
    reply_page(x, status_of(end), &page);
}

/* Only to this server's links (no Path says so, whatever prefix a proxy takes away), and not to scripts, of
 * which there are none. */
static void remember_name(struct exchange *x, const char *name)
{
    CLEANUP(strbuf_donep) struct strbuf cookie = {0};
    const struct http_opts *opts = &server_of(x)->opts;

    strbuf_adds(&cookie, COOKIE);
    url_escape_query(&cookie, sv_of(name));
    strbuf_addf(&cookie, "; Max-Age=%d; HttpOnly; SameSite=Lax%s", COOKIE_LIFE,
                opts->secure_cookies ? "; Secure" : "");
    reply_header_copy(x, "Set-Cookie", strbuf_sv(&cookie));
}

/* ---- the link ---- */

/* Answers by itself if not. */
static bool read_link(struct exchange *x, struct action_link *link)
{
    const struct host *host = host_of(x);
    const struct action_keys *keys = server_of(x)->opts.action_keys;

    if (keys == NULL) {
        reply_plain(x, 404, SV("404 page not found\n"));
        return false;
    }
    switch (action_link_read(keys, x->routed.param, host->now(host->ctx).wall, link)) {
    case ACTION_VALID:
        return true;
    case ACTION_ENDED:
        reply_end(x, ACTION_TOO_LATE);
        return false;
    case ACTION_FORGED:
        break;
    }
    reply_end(x, ACTION_REFUSED);
    return false;
}

/* ---- GET ---- */

static void add_reach(const struct host *host, struct action_page *p)
{
    struct reach reach;

    if (p->kind == ACTION_ACK)
        return;
    if (reach_take(&reach, host, &p->card->matchers)) {
        p->n_alerts = reach.n_hits;
        p->n_groups = reach.n_groups;
    }
    reach_done(&reach);
}

/* Links to the same group, which end with the one that was pressed. */
static void ask(struct exchange *x, const struct action_link *link, struct action_page *p)
{
    struct strbuf tokens[ACTION_KINDS] = {0}, page = {0};
    struct action_other others[ACTION_KINDS];
    struct action_link other = *link;

    for (other.kind = 0; other.kind < ACTION_KINDS; other.kind++) {
        if (other.kind == link->kind)
            continue;
        action_link_sign(server_of(x)->opts.action_keys, &other, &tokens[other.kind]);
        others[p->n_others++] = (struct action_other){other.kind, tokens[other.kind].p};
    }
    p->others = others;
    action_page_ask(&page, p);
    for (size_t i = 0; i < ACTION_KINDS; i++)
        strbuf_done(&tokens[i]);
    reply_page(x, 200, &page);
}

void action_get(struct exchange *x)
{
    const struct host *host = host_of(x);
    char name[sizeof((struct actor *)0)->name];
    struct action_link link;
    struct group_card card;
    struct arena mem;

    if (!read_link(x, &link))
        return;
    arena_init(&mem, LISTING_CEILING);
    const struct now now = host->now(host->ctx);
    const bool found = engine_group_card(host->read_begin(host->ctx), link.group, now, &mem, &card);
    host->read_end(host->ctx);
    if (found && card.n_firing != 0) {
        name_of_cookie(x, name);
        struct action_page page = {.language = language_of(x),
                                   .kind = link.kind,
                                   .card = &card,
                                   .name = sv_of(name),
                                   .now = now.wall};
        add_reach(host, &page);
        ask(x, &link, &page);
    } else {
        reply_end(x, ACTION_NOTHING);
    }
    if (found)
        group_card_done(&card);
    arena_done(&mem);
}

/* ---- POST ---- */

/* What is done, while it is stored. */
struct deed {
    struct pending base;
    struct action_link link;
    enum page_language language;
    struct actor by;
    char fresh_id[37];
    struct err err;          /* what the engine refused */
    struct silence *silence; /* a reference, or NULL */
    struct silence_log log;
};

static const struct {
    dur_ns length;
    const char *mark;
} silences[ACTION_KINDS] = {
    [ACTION_SILENCE_1H] = {3600 * NS_PER_S, "1h"},
    [ACTION_SILENCE_4H] = {4 * 3600 * NS_PER_S, "4h"},
    [ACTION_SILENCE_RESOLVED] = {0, "resolved"},
};

static void dispose(struct pending *base)
{
    struct deed *d = CONTAINER_OF(base, struct deed, base);
    const bool is_new = d->silence != NULL && strcmp(d->silence->id, d->fresh_id) == 0;

    silence_log_write(&d->log, false, d->silence != NULL && !is_new ? d->silence->id : "");
    silence_unref(d->silence);
    free(d);
}

/* Somebody has to have done it, although nobody has to say who. */
static struct sv who(const struct deed *d)
{
    return d->by.name[0] != '\0' ? sv_of(d->by.name) : SV("link");
}

static void act(struct engine *e, struct now now, struct effects *fx, void *arg)
{
    struct deed *d = arg;
    size_t n;

    fx->by = &d->by;
    if (d->link.kind == ACTION_ACK) {
        (void)!engine_ack(e, &(struct group_pick){.id = &d->link.group}, who(d), SV("by link"), now, fx, &n,
                          &d->err);
        return;
    }
    struct group_silence in = {.group = d->link.group,
                               .length = silences[d->link.kind].length,
                               .created_by = who(d),
                               .comment = SV("by link"),
                               .mark = sv_of(silences[d->link.kind].mark)};
    memcpy(in.fresh_id, d->fresh_id, sizeof(in.fresh_id));
    if (engine_silence_group(e, &in, now, fx, &d->silence, &d->err))
        silence_log_take(&d->log, fx);
}

static enum action_end end_of(const struct deed *d, bool stored)
{
    if (d->err.kind == ERR_NOT_FOUND)
        return ACTION_NOTHING;
    if (d->err.kind != ERR_NONE)
        return d->err.kind == ERR_LIMIT ? ACTION_TOO_MANY : ACTION_EVERYTHING;
    if (!stored)
        return ACTION_NOT_STORED;
    if (d->link.kind == ACTION_ACK)
        return ACTION_DONE_ACK;
    return d->link.kind == ACTION_SILENCE_RESOLVED ? ACTION_DONE_UNTIL_RESOLVED : ACTION_DONE_SILENCE;
}

static void answer(struct exchange *x, struct pending *base)
{
    const struct deed *d = CONTAINER_OF(base, struct deed, base);
    const enum action_end end = end_of(d, base->ok);
    struct strbuf page = {0};

    if (d->by.name[0] != '\0')
        remember_name(x, d->by.name);
    action_page_end(&page, d->language, end, sv_of(d->by.name),
                    d->silence != NULL ? d->silence->ends_at : STAMP_UNSET);
    reply_page(x, status_of(end), &page);
}

static bool read_form(struct exchange *x, struct deed *d)
{
    struct query form;

    if (exchange_body(x).n > FORM_MAX || !query_parse(exchange_body(x), &x->loop->arena, &form))
        return false;
    exchange_actor(x, &d->by);
    d->by.by_link = true;
    read_name(query_last(&form, "name"), d->by.name);
    return true;
}

void action_post(struct exchange *x)
{
    struct action_link link;

    if (!read_link(x, &link))
        return;
    struct deed *d = xcalloc(1, sizeof *d);
    d->link = link;
    d->language = language_of(x);
    d->log.on = server_of(x)->opts.log_silences;
    if (!read_form(x, d) || !uuid_fresh(d->fresh_id)) {
        free(d);
        reply_plain(x, 413, SV("request body too large\n"));
        return;
    }
    pending_begin(&d->base, x, answer, dispose);
    pending_apply(&d->base, act, d);
}
