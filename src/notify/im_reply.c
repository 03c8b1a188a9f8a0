#include <stdio.h>

#include "base/utf8.h"
#include "codec/jr.h"
#include "im.h"

#define SHOWN_BODY       200
#define UNKNOWN_ATTEMPTS 3
#define MIN_GATEWAY_WAIT 60 /* seconds */
#define MAX_GATEWAY_WAIT INT64_C(86400)

/* Words that mean "too fast", whatever the code is. Lower case. */
static const char *const throttle_words[] = {"too fast",       "too many", "frequency", "freq",
                                             "limit exceeded", "限流",     "频率"};

static struct sv shown(struct sv body)
{
    return (struct sv){body.p, utf8_cut(body, SHOWN_BODY)};
}

static bool read_member(struct jr *j, const struct im_platform *p, struct sv key, struct im_reply *out)
{
    if (sv_eq(key, sv_of(p->text_key)))
        return jr_string(j, &out->text);
    if (sv_eq(key, SV("wait")))
        return jr_int(j, &out->wait);
    if (!sv_eq(key, sv_of(p->code_key)) &&
        !(p->code_with_400 && !out->has_code && sv_eq(key, SV("StatusCode"))))
        return jr_skip(j);
    out->has_code = true;
    return jr_int(j, &out->code);
}

static bool read_json(const struct im_platform *p, struct sv body, struct arena *mem, struct im_reply *out)
{
    struct jr j;
    struct sv key;

    *out = (struct im_reply){.wait = -1};
    jr_init(&j, body, mem);
    if (!jr_object(&j))
        return false;
    while (jr_key(&j, &key))
        if (!read_member(&j, p, key, out))
            return false;
    return !j.failed && jr_at_end(&j) && (out->has_code || out->wait >= 0);
}

static bool retryable_status(int status)
{
    return status / 100 == 5 || status == 408 || status == 429;
}

bool im_reply_read(const struct im_platform *p, const struct reply *reply, const struct request *sent,
                   struct arena *mem, struct im_reply *code, struct verdict *out)
{
    if (!reply->transported) {
        classify_http(reply, sent, out);
        return false;
    }
    if (p->code_with_400 && reply->status == 400 && read_json(p, reply->body, mem, code))
        return true;
    if (reply->status / 100 != 2) {
        const enum verdict_kind kind = reply->status == 429              ? VERDICT_THROTTLED
                                       : retryable_status(reply->status) ? VERDICT_RETRY
                                                                         : VERDICT_PERMANENT;
        verdict_set(out, kind, failure_of_status(reply->status), "unexpected status code %d: %.*s",
                    reply->status, SV_ARG(shown(reply->body)));
        out->retry_after = reply->retry_after;
        out->elsewhere = true;
        return false;
    }
    if (read_json(p, reply->body, mem, code))
        return true;
    verdict_set(out, VERDICT_RETRY, FAILURE_OTHER, "unexpected reply: %.*s", SV_ARG(shown(reply->body)));
    return false;
}

static bool contains_nocase(struct sv text, const char *word)
{
    const size_t n = strlen(word);

    for (size_t i = 0; i + n <= text.n; i++)
        if (sv_eq_nocase((struct sv){text.p + i, n}, (struct sv){word, n}))
            return true;
    return false;
}

static bool sounds_throttled(struct sv text)
{
    for (size_t i = 0; i < COUNT_OF(throttle_words); i++)
        if (contains_nocase(text, throttle_words[i]))
            return true;
    return false;
}

const struct im_code *im_code_find(const struct im_code *table, size_t n, const struct im_reply *code)
{
    static const struct im_code ok = {.class = IM_OK}, throttled = {.class = IM_THROTTLED},
                                unknown = {.class = IM_UNKNOWN};

    if (!code->has_code)
        return &throttled; /* {"status":1111,"wait":5}: a gateway's protection */
    if (code->code == 0)
        return &ok;
    if (sounds_throttled(code->text))
        return &throttled;
    for (size_t i = 0; i < n; i++)
        if (table[i].code == code->code)
            return &table[i];
    return &unknown;
}

static void accepted(struct im_state *state, struct verdict *out)
{
    *out = (struct verdict){.kind = VERDICT_DELIVERED, .parts = state->minimal ? 1 : state->n_parts};
    if (state->minimal || ++state->part >= state->n_parts)
        return;
    state->repaired = false;
    out->kind = VERDICT_NEXT;
}

static dur_ns penalty(const struct im_settings *s, const struct im_reply *code)
{
    if (code->wait < 0)
        return s->rate.penalty;
    const int64_t wait = code->wait < MIN_GATEWAY_WAIT   ? MIN_GATEWAY_WAIT
                         : code->wait > MAX_GATEWAY_WAIT ? MAX_GATEWAY_WAIT
                                                         : code->wait;
    return wait * NS_PER_S;
}

/* One immediate repeat, if it was not used up already. */
static void repeat_or_refuse(bool *used, struct verdict *out)
{
    out->kind = *used ? VERDICT_PERMANENT : VERDICT_NEXT;
    *used = true;
}

void im_verdict(const struct im_platform *p, const struct im_settings *s, struct im_state *state,
                const struct im_code *known, const struct im_reply *code, struct verdict *out)
{
    if (known->class == IM_OK) {
        accepted(state, out);
        return;
    }
    verdict_set(out, VERDICT_PERMANENT, FAILURE_CLIENT, "%s error %lld: %.*s%s%s%s", p->name,
                (long long)code->code, SV_ARG(shown(code->text)), known->advice != NULL ? " (" : "",
                known->advice != NULL ? known->advice : "", known->advice != NULL ? ")" : "");
    switch (known->class) {
    case IM_THROTTLED:
        out->kind = VERDICT_THROTTLED;
        out->failure = FAILURE_RATE_LIMITED;
        out->retry_after = penalty(s, code);
        return;
    case IM_TRANSIENT:
        out->kind = VERDICT_RETRY;
        out->failure = FAILURE_SERVER;
        return;
    case IM_REPAIR:
        repeat_or_refuse(&state->repaired, out);
        return;
    case IM_CONTENT:
        repeat_or_refuse(
            im_mentions_anybody(s) && !state->unmentioned ? &state->unmentioned : &state->minimal, out);
        return;
    case IM_PAYLOAD:
        repeat_or_refuse(&state->minimal, out);
        return;
    case IM_UNKNOWN:
        if (++state->unknown < UNKNOWN_ATTEMPTS)
            out->kind = VERDICT_RETRY;
        return;
    case IM_AUTH:
        out->failure = FAILURE_AUTH;
        out->elsewhere = true;
        return;
    case IM_CONFIG:
        out->elsewhere = true;
        return;
    case IM_OK:
        return;
    }
}
