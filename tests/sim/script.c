/* Scripts as text: configurations as the file that would be loaded, steps as lines for people. */

#include "script.h"

#include "base/attr.h"

static const char *const names[SIM_NAMES] = {"alertname", "job", "sev", "zone"};
static const char *const values[SIM_NAMES][SIM_VALUES] = {
    {"", "a", "b", "c"}, {"", "j", "k", "l"}, {"", "p", "q", "r"}, {"", "x", "y", "z"}};

const char *sim_label_name(size_t name)
{
    return names[name];
}

const char *sim_label_value(size_t name, size_t value)
{
    return values[name][value];
}

bool sim_matches(const struct sim_matchers *ms, const struct sim_alert *a)
{
    for (size_t i = 0; i < ms->n; i++) {
        const struct sim_matcher *m = &ms->v[i];
        const bool named = (m->values >> a->value[m->name] & 1) != 0;
        if (named != (m->op == MATCH_EQ || m->op == MATCH_RE))
            return false;
    }
    return true;
}

/* ---- parts ---- */

static void print_matcher(struct strbuf *out, const struct sim_matcher *m)
{
    const char *between = "";

    strbuf_addf(out, "%s%s\"", names[m->name], match_op_text(m->op));
    for (size_t v = 0; v < SIM_VALUES; v++) {
        if ((m->values >> v & 1) == 0)
            continue;
        strbuf_addf(out, "%s%s", between, values[m->name][v]);
        between = "|";
    }
    strbuf_addc(out, '"');
}

void sim_matchers_print(struct strbuf *out, const struct sim_matchers *ms)
{
    strbuf_addc(out, '[');
    for (size_t i = 0; i < ms->n; i++) {
        strbuf_adds(out, i != 0 ? ", '" : "'");
        print_matcher(out, &ms->v[i]);
        strbuf_addc(out, '\'');
    }
    strbuf_addc(out, ']');
}

void sim_alert_print(struct strbuf *out, const struct sim_alert *a)
{
    const char *between = "";

    strbuf_addc(out, '{');
    for (size_t n = 0; n < SIM_NAMES; n++) {
        if (a->value[n] == 0)
            continue;
        strbuf_addf(out, "%s%s=%s", between, names[n], values[n][a->value[n]]);
        between = ",";
    }
    strbuf_addc(out, '}');
}

/* ---- the configuration file ---- */

static void print_names(struct strbuf *out, const char *key, unsigned mask, const char *const *texts,
                        size_t n)
{
    const char *between = "";

    strbuf_addf(out, ", %s: [", key);
    for (size_t i = 0; i < n; i++) {
        if ((mask >> i & 1) == 0)
            continue;
        strbuf_addf(out, "%s%s", between, texts[i]);
        between = ", ";
    }
    strbuf_addc(out, ']');
}

static void print_group_by(struct strbuf *out, int group_by)
{
    if (group_by == GROUP_BY_ALL)
        strbuf_adds(out, ", group_by: ['...']");
    else if (group_by != GROUP_BY_INHERIT)
        print_names(out, "group_by", (unsigned)group_by, names, SIM_NAMES);
}

static void print_duration(struct strbuf *out, const char *key, int ms)
{
    if (ms >= 0)
        strbuf_addf(out, ", %s: %dms", key, ms);
}

static void print_route(struct strbuf *out, const struct sim_config *c, size_t at)
{
    static const char *const interval_names[SIM_INTERVALS] = {"i0", "i1"};
    const struct sim_route *r = &c->routes[at];
    const char *between = "";

    strbuf_addf(out, "{receiver: r%u", r->receiver);
    print_group_by(out, r->group_by);
    print_duration(out, "group_wait", r->group_wait);
    print_duration(out, "group_interval", r->group_interval);
    print_duration(out, "repeat_interval", r->repeat_interval);
    if (r->matchers.n != 0) {
        strbuf_adds(out, ", matchers: ");
        sim_matchers_print(out, &r->matchers);
    }
    if (r->continue_)
        strbuf_adds(out, ", continue: true");
    if (r->mute != 0)
        print_names(out, "mute_time_intervals", r->mute, interval_names, SIM_INTERVALS);
    if (r->active != 0)
        print_names(out, "active_time_intervals", r->active, interval_names, SIM_INTERVALS);
    strbuf_adds(out, ", routes: [");
    for (size_t i = at + 1; i < c->n_routes; i++) {
        if (c->routes[i].parent != (int)at || c->routes[i].gone)
            continue;
        strbuf_adds(out, between);
        print_route(out, c, i);
        between = ",\n  ";
    }
    strbuf_adds(out, "]}");
}

static void print_rule(struct strbuf *out, const struct sim_rule *r)
{
    strbuf_adds(out, "  - {source_matchers: ");
    sim_matchers_print(out, &r->source);
    strbuf_adds(out, ", target_matchers: ");
    sim_matchers_print(out, &r->target);
    print_names(out, "equal", r->equal, names, SIM_NAMES);
    strbuf_adds(out, "}\n");
}

static void print_receiver(struct strbuf *out, const struct sim_receiver *r, size_t at)
{
    strbuf_addf(out, "  - {name: r%zu, webhook_configs: [", at);
    for (size_t i = 0; i < r->n; i++)
        strbuf_addf(out, "%s{url: 'http://a/', send_resolved: %s}", i != 0 ? ", " : "",
                    r->send_resolved[i] ? "true" : "false");
    strbuf_adds(out, "]}\n");
}

void sim_config_yaml(struct strbuf *out, const struct sim_config *c)
{
    const char *heading = "inhibit_rules:\n";

    strbuf_addf(out, "global: {resolve_timeout: %ds}\nroute:\n  ", c->resolve_timeout);
    print_route(out, c, 0);
    strbuf_addc(out, '\n');
    for (size_t i = 0; i < c->n_rules; i++) {
        if (c->rules[i].gone)
            continue;
        strbuf_adds(out, heading);
        print_rule(out, &c->rules[i]);
        heading = "";
    }
    strbuf_adds(out, "time_intervals:\n");
    for (size_t i = 0; i < SIM_INTERVALS; i++)
        strbuf_addf(
            out,
            "  - {name: i%zu, time_intervals: [{times: [{start_time: '00:%02d', end_time: '00:%02d'}]}]}\n",
            i, c->intervals[i].begin, c->intervals[i].end);
    strbuf_adds(out, "receivers:\n");
    for (size_t i = 0; i < SIM_RECEIVERS; i++)
        print_receiver(out, &c->receivers[i], i);
}

/* ---- steps ---- */

static void print_post(struct strbuf *out, const struct step *s)
{
    static const char *const starts[] = {"none", "same", "old", "future"};
    static const char *const ends[] = {"none", "now", "past", "skewed", "later"};

    strbuf_adds(out, "post");
    for (size_t i = 0; i < SIM_ALERTS; i++)
        if ((s->post.alerts >> i & 1) != 0)
            strbuf_addf(out, " %zu", i);
    strbuf_addf(out, " start=%s end=%s by %d ms, annotation %u", starts[s->post.start], ends[s->post.end],
                s->post.amount, s->post.annotation);
}

static void print_silence(struct strbuf *out, const struct step *s)
{
    strbuf_addf(out, "%s silence %u from %+d to %+d ms ", s->silence.edit ? "edit" : "create",
                s->silence.name, s->silence.start, s->silence.end);
    if (s->silence.edit && s->silence.keep_matchers)
        strbuf_adds(out, "(same matchers)");
    else
        sim_matchers_print(out, &s->silence.matchers);
}

static void print_crash(struct strbuf *out, const struct step *s)
{
    strbuf_addf(out, "crash after %u batches, %u/16 of the tail lost, reached %04x, given %u, down %d ms",
                s->crash.after, s->crash.lost, s->crash.reached, s->crash.given, s->crash.down);
    if (s->crash.config >= 0)
        strbuf_addf(out, ", configuration %d", s->crash.config);
    if (!s->crash.alive_known)
        strbuf_adds(out, ", last alive unknown");
}

void sim_step_print(struct strbuf *out, const struct step *s)
{
    static const char *const answers[] = {"ok", "errors until the deadline", "refusal", "a plea for patience",
                                          "ok that gets lost"};

    switch (s->kind) {
    case STEP_WAIT:
        strbuf_adds(out, "nothing");
        break;
    case STEP_POST:
        print_post(out, s);
        break;
    case STEP_SILENCE:
        print_silence(out, s);
        break;
    case STEP_EXPIRE:
        strbuf_addf(out, "expire silence %u", s->silence.name);
        break;
    case STEP_ACK:
        strbuf_adds(out, "acknowledge ");
        sim_matchers_print(out, &s->ack.matchers);
        break;
    case STEP_RELOAD:
        strbuf_addf(out, "reload configuration %u", s->reload.config);
        break;
    case STEP_RECEIVER:
        strbuf_addf(out, "r%u/%u answers from now on after %d ms: %s", s->receiver.receiver,
                    s->receiver.integration, s->receiver.latency, answers[s->receiver.answer]);
        break;
    case STEP_JUMP:
        strbuf_addf(out, "the wall clock jumps by %d ms", s->jump.ms);
        break;
    case STEP_SLOW:
        strbuf_addf(out, "commits take %d ms, the dispatcher is %d ms late", s->slow.disk,
                    s->slow.dispatcher);
        break;
    case STEP_CRASH:
        print_crash(out, s);
        break;
    }
    strbuf_addf(out, "; wait %d ms", s->wait);
}

void script_print(FILE *out, const struct script *s)
{
    CLEANUP(strbuf_donep) struct strbuf text = {0};

    strbuf_addf(&text, "retention %g s, gc %g s, maintenance %g s, start delay %g s\n",
                (double)s->retention / 1e9, (double)s->gc_interval / 1e9,
                (double)s->maintenance_interval / 1e9, (double)s->start_delay / 1e9);
    for (size_t i = 0; i < s->n_configs; i++) {
        strbuf_addf(&text, "---- configuration %zu\n", i);
        sim_config_yaml(&text, &s->configs[i]);
    }
    strbuf_adds(&text, "---- alerts\n");
    for (size_t i = 0; i < s->n_alerts; i++) {
        strbuf_addf(&text, "%zu: ", i);
        sim_alert_print(&text, &s->alerts[i]);
        strbuf_addc(&text, '\n');
    }
    strbuf_adds(&text, "---- steps\n");
    for (size_t i = 0; i < s->n_steps; i++) {
        strbuf_addf(&text, "%zu: ", i);
        sim_step_print(&text, &s->steps[i]);
        strbuf_addc(&text, '\n');
    }
    fwrite(text.p, 1, text.n, out);
}
