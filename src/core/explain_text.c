/* An explanation in one sentence: what stands in the way, or what comes next, receiver by receiver. */
#include "codec/rfc3339.h"
#include "core/explain.h"

static void add_time(struct strbuf *out, struct stamp t)
{
    char text[STAMP_TEXT_MAX];
    struct stamp whole = stamp_utc(t);

    whole.nsec = 0;
    (void)stamp_print_nano(whole, text);
    strbuf_adds(out, text);
}

/* ---- why not ---- */

static const struct silence *longest_silence(const struct explanation *x)
{
    const struct silence *longest = NULL;

    for (size_t i = 0; i < x->n_silences; i++)
        if (silence_state(x->silences[i], x->at) == SILENCE_ACTIVE &&
            (longest == NULL || stamp_before(longest->ends_at, x->silences[i]->ends_at)))
            longest = x->silences[i];
    return longest;
}

static void add_silence(struct strbuf *out, const struct explanation *x)
{
    const struct silence *s = longest_silence(x);

    strbuf_adds(out, "silenced");
    if (s == NULL)
        return;
    strbuf_addf(out, " by %s", s->created_by->n != 0 ? s->created_by->s : "somebody");
    if (s->comment->n != 0)
        strbuf_addf(out, " (%s)", s->comment->s);
    strbuf_adds(out, " until ");
    add_time(out, s->ends_at);
}

static void add_inhibition(struct strbuf *out, const struct explanation *x)
{
    const struct explain_inhibition *in = &x->inhibitions[0];
    const char *name = x->config->inhibit_rules[in->rule].name;

    strbuf_addf(out, "inhibited by rule %zu", in->rule);
    if (name != NULL && name[0] != '\0')
        strbuf_addf(out, " (%s)", name);
    strbuf_adds(out, " as long as ");
    labels_print(out, in->source->labels);
    strbuf_adds(out, " fires");
}

static void add_intervals(struct strbuf *out, const struct explain_group *g)
{
    strbuf_addf(out, g->outside_active ? "outside the active time " : "muted by the time interval ");
    for (size_t i = 0; i < g->n_muted_by; i++)
        strbuf_addf(out, "%s%s", i != 0 ? ", " : "", g->muted_by[i]);
    if (!g->has_intervals_until)
        return;
    strbuf_adds(out, " until ");
    add_time(out, g->intervals_until);
}

static void add_mute(struct strbuf *out, const struct explanation *x, const struct explain_group *g)
{
    switch (g->cause) {
    case MUTE_SILENCE:
        add_silence(out, x);
        break;
    case MUTE_INHIBITION:
        add_inhibition(out, x);
        break;
    case MUTE_INTERVAL:
        add_intervals(out, g);
        break;
    case MUTE_NONE:
        break;
    }
}

/* ---- what comes next ---- */

static void add_ack(struct strbuf *out, const struct explain_group *g)
{
    if (!g->acked)
        return;
    strbuf_addf(out, ", acknowledged by %s at ", g->ack->by);
    add_time(out, g->ack->at);
}

static void add_next(struct strbuf *out, const struct explain_integration *i)
{
    if (!i->has_next)
        return;
    strbuf_adds(out, ", next at ");
    add_time(out, i->next_at);
    strbuf_addf(out, " (%s)", notify_reason_text(i->next_reason));
}

static void add_firing(struct strbuf *out, const struct explain_group *g, const struct explain_integration *i)
{
    if (i->busy) {
        strbuf_adds(out, "a notification is on its way");
    } else if (i->failing) {
        strbuf_adds(out, "notifications fail since ");
        add_time(out, i->failing_since);
        strbuf_addf(out, ": %s", i->error);
        add_next(out, i);
    } else if (i->told == TOLD_FIRING) {
        strbuf_adds(out, "told at ");
        add_time(out, i->last_at);
        add_ack(out, g);
        add_next(out, i);
    } else {
        strbuf_adds(out, "not told yet");
        add_next(out, i);
    }
}

static void add_resolved(struct strbuf *out, const struct explain_integration *i)
{
    if (i->busy) {
        strbuf_adds(out, "a notification is on its way");
    } else if (i->owes && !i->in->settings->send_resolved) {
        strbuf_adds(out, "told that it fires, and send_resolved is off");
    } else if (i->owes) {
        strbuf_adds(out, "its end is still to be told");
        add_next(out, i);
    } else if (i->told == TOLD_RESOLVED) {
        strbuf_adds(out, "told of its end at ");
        add_time(out, i->last_at);
    } else {
        strbuf_adds(out, "nothing is left to tell");
    }
}

static void add_integration(struct strbuf *out, const struct explanation *x, const struct explain_group *g,
                            const struct explain_integration *i)
{
    strbuf_addf(out, "%s/%s[%zu]: ", i->receiver->name, i->in->type->name, i->in->index);
    if (!x->firing) {
        add_resolved(out, i);
        return;
    }
    if (g->muted && i->told == TOLD_FIRING) {
        strbuf_adds(out, "told at ");
        add_time(out, i->last_at);
        strbuf_adds(out, ", since then ");
    }
    if (g->muted)
        add_mute(out, x, g);
    else
        add_firing(out, g, i);
}

static void add_group(struct strbuf *out, const struct explanation *x, const struct explain_group *g)
{
    if (g->n_integrations == 0)
        strbuf_addf(out, "%s: nobody is told, the receiver has no integrations", g->route->receiver->name);
    for (size_t i = 0; i < g->n_integrations; i++) {
        if (i != 0)
            strbuf_adds(out, "; ");
        add_integration(out, x, g, &g->integrations[i]);
    }
}

void explanation_sum_up(const struct explanation *x, struct strbuf *out)
{
    if (x->alert == NULL)
        strbuf_adds(out, "No such alert is known; if it fired now: ");
    else
        strbuf_adds(out, x->firing ? "Firing. " : "Resolved. ");
    for (size_t i = 0; i < x->n_groups; i++) {
        if (i != 0)
            strbuf_adds(out, "; ");
        add_group(out, x, &x->groups[i]);
    }
}
