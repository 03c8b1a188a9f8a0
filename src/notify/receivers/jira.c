/* Jira: one issue per group, created, updated, reopened and resolved (receivers.md A15).
 *
 * One notification takes up to four requests: search the issue, save it, list its transitions, make one.
 */
#include "jira.h"

#include "codec/goquote.h"
#include "codec/url.h"
#include "compose.h"
#include "list.h"
#include "text.h"

static const struct jira *settings_of(const struct render *r)
{
    return (const struct jira *)(const void *)r->settings;
}

static bool set_url(struct render *r, const struct strbuf *url, struct request *out, struct err *err)
{
    struct sv kept;

    if (!compose_keep(r, "URL", url, &kept, err))
        return false;
    out->url = kept.p;
    return true;
}

/* Searching */

static bool is_cloud(const struct jira *s, struct arena *mem)
{
    struct url url;
    struct err ignored;

    if (strcmp(s->api_type, "auto") != 0)
        return strcmp(s->api_type, "cloud") == 0;
    return url_parse_http(sv_of(s->api_url), mem, &url, &ignored) &&
           sv_has_suffix(url.host, SV("atlassian.net"));
}

/* Jira Cloud searches by another path, which version 2 of the API does not have. */
static bool search_url(struct render *r, const struct jira *s, struct request *out, struct err *err)
{
    CLEANUP(strbuf_donep) struct strbuf url = {0};
    const struct sv old = SV("/rest/api/2");
    struct sv base = jira_base_url(s);
    const bool cloud = is_cloud(s, r->mem);

    if (cloud && sv_has_suffix(base, old)) {
        base.n -= old.n;
        strbuf_addsv(&url, base);
        strbuf_adds(&url, "/rest/api/3");
    } else {
        strbuf_addsv(&url, base);
    }
    strbuf_adds(&url, cloud ? "/search/jql" : "/search");
    return set_url(r, &url, out, err);
}

static bool write_jql(struct render *r, const struct jira *s, struct strbuf *out, struct err *err)
{
    const bool reopen =
        delivery_firing(r->delivery) && is_set(s->reopen_transition) && s->reopen_duration > 0;
    struct sv project;

    if (!render_text(r, s->project, &project, err))
        return err_wrap(err, "invalid project template or value");
    if (is_set(s->wont_fix_resolution)) {
        strbuf_adds(out, "(resolution is EMPTY or resolution != ");
        go_quote(out, sv_of(s->wont_fix_resolution));
        strbuf_adds(out, ") and ");
    }
    if (reopen)
        strbuf_addf(out, "(resolutiondate is EMPTY OR resolutiondate >= -%lldm) and ",
                    (long long)(s->reopen_duration / (60 * NS_PER_S)));
    else
        strbuf_adds(out, "statusCategory != Done and ");
    strbuf_adds(out, "project=");
    go_quote(out, project);
    strbuf_adds(out, " and labels=\"");
    jira_add_issue_label(r, out);
    strbuf_adds(out, "\" order by status ASC,resolutiondate DESC");
    return true;
}

static bool render_search(struct render *r, const struct jira *s, struct request *out, struct err *err)
{
    CLEANUP(strbuf_donep) struct strbuf jql = {0}, body = {0};
    struct jw w;

    if (!search_url(r, s, out, err) || !write_jql(r, s, &jql, err))
        return err_wrap(err, "failed to look up existing issues");
    jw_init(&w, &body, true);
    jw_object(&w);
    jw_key(&w, SV("fields"));
    jw_array(&w);
    jw_str(&w, SV("status"));
    jw_end(&w);
    jw_kstr(&w, SV("jql"), strbuf_sv(&jql));
    jw_kint(&w, SV("maxResults"), 2);
    jw_end(&w);
    return compose_body(r, &body, out, err);
}

/* Saving */

/* `issue`, or a path below the issue that was found. */
static bool issue_url(struct render *r, const struct jira *s, const char *below, struct request *out,
                      struct err *err)
{
    const struct jira_state *state = r->state;
    CLEANUP(strbuf_donep) struct strbuf url = {0};

    strbuf_addsv(&url, jira_base_url(s));
    strbuf_adds(&url, "/issue");
    if (state->found) {
        strbuf_addc(&url, '/');
        url_escape_path(&url, sv_of(state->key));
        strbuf_adds(&url, below);
    }
    return set_url(r, &url, out, err);
}

static bool render_save(struct render *r, const struct jira *s, struct request *out, struct err *err)
{
    const struct jira_state *state = r->state;

    out->method = state->found ? "PUT" : "POST";
    return issue_url(r, s, "", out, err) && jira_write_issue(r, s, state->found, out, err);
}

/* Moving */

/* NULL: the issue stays where it is. */
static const char *wanted_transition(const struct render *r)
{
    const struct jira *s = settings_of(r);
    const struct jira_state *state = r->state;
    const bool firing = delivery_firing(r->delivery);
    const char *name = firing ? s->reopen_transition : s->resolve_transition;

    return firing == state->done && is_set(name) ? name : NULL;
}

static bool render_list(struct render *r, const struct jira *s, struct request *out, struct err *err)
{
    out->method = "GET";
    return issue_url(r, s, "/transitions", out, err);
}

static bool render_move(struct render *r, const struct jira *s, struct request *out, struct err *err)
{
    const struct jira_state *state = r->state;
    CLEANUP(strbuf_donep) struct strbuf body = {0};
    struct jw w;

    jw_init(&w, &body, true);
    jw_object(&w);
    jw_key(&w, SV("transition"));
    jw_object(&w);
    jw_kstr(&w, SV("id"), sv_of(state->transition));
    jw_end(&w);
    jw_end(&w);
    return issue_url(r, s, "/transitions", out, err) && compose_body(r, &body, out, err);
}

static bool render(struct render *r, struct request *out, struct err *err)
{
    static bool (*const phases[])(struct render * r, const struct jira *s, struct request *out,
                                  struct err *err) = {
        [PHASE_SEARCH] = render_search,
        [PHASE_SAVE] = render_save,
        [PHASE_LIST] = render_list,
        [PHASE_MOVE] = render_move,
    };
    const struct jira_state *state = r->state;

    compose_json(out, NULL);
    return compose_headers(r, &(const struct compose_header){"Accept-Language: ", SV("en")}, 1, out, err) &&
           phases[state->phase](r, settings_of(r), out, err);
}

/* Replies */

static void after_search(struct render *r, const struct reply *reply, struct verdict *out)
{
    struct jira_state *state = r->state;
    struct jr j;

    jr_init(&j, reply->body, r->mem);
    if (!jira_read_search(&j, state)) {
        verdict_set(out, VERDICT_PERMANENT, FAILURE_OTHER, "failed to look up existing issues: %s",
                    j.err.text);
        return;
    }
    if (!state->found && !delivery_firing(r->delivery))
        return; /* resolved before there was an issue */
    state->phase = PHASE_SAVE;
    out->kind = VERDICT_NEXT;
}

static void after_save(struct render *r, struct verdict *out)
{
    struct jira_state *state = r->state;

    if (!state->found || wanted_transition(r) == NULL)
        return;
    state->phase = PHASE_LIST;
    out->kind = VERDICT_NEXT;
}

static void after_list(struct render *r, const struct reply *reply, struct verdict *out)
{
    struct jira_state *state = r->state;
    const char *name = wanted_transition(r);
    struct jr j;

    jr_init(&j, reply->body, r->mem);
    if (!jira_read_transitions(&j, sv_of(name), state->transition)) {
        verdict_set(out, VERDICT_PERMANENT, FAILURE_OTHER, "failed to read the transitions of issue %s: %s",
                    state->key, j.err.text);
        return;
    }
    if (state->transition[0] == '\0') {
        verdict_set(out, VERDICT_PERMANENT, FAILURE_OTHER, "can't find transition %s for issue %s", name,
                    state->key);
        return;
    }
    state->phase = PHASE_MOVE;
    out->kind = VERDICT_NEXT;
}

static void after_success(struct render *r, const struct reply *reply, struct verdict *out)
{
    const struct jira_state *state = r->state;

    switch (state->phase) {
    case PHASE_SEARCH:
        after_search(r, reply, out);
        break;
    case PHASE_SAVE:
        after_save(r, out);
        break;
    case PHASE_LIST:
        after_list(r, reply, out);
        break;
    case PHASE_MOVE:
        break;
    }
}

/* What was tried, before the reason why it failed. */
static void name_request(const struct jira_state *state, const struct request *sent, struct verdict *out)
{
    const struct verdict plain = *out;

    if (state->phase == PHASE_SEARCH)
        verdict_set(out, plain.kind, plain.failure,
                    "failed to look up existing issues: HTTP request to JIRA API: %s", plain.text);
    else
        verdict_set(out, plain.kind, plain.failure, "failed to %s request to \"issue%s%s%s\": %s",
                    sent->method, state->found ? "/" : "", state->key,
                    state->phase == PHASE_SAVE ? "" : "/transitions", plain.text);
}

/* A repetition starts at the search: what failed may have been done nevertheless. */
static void classify(struct render *r, const struct request *sent, const struct reply *reply,
                     struct verdict *out)
{
    struct jira_state *state = r->state;

    classify_http(reply, sent, out);
    if (out->kind == VERDICT_DELIVERED) {
        after_success(r, reply, out);
        return;
    }
    if (!reply->transported)
        out->kind = VERDICT_PERMANENT; /* as upstream has it */
    else if (reply->status == 429)
        out->kind = reply->retry_after > 0 ? VERDICT_THROTTLED : VERDICT_RETRY;
    name_request(state, sent, out);
    out->retry_after = out->kind == VERDICT_PERMANENT ? 0 : reply->retry_after;
    *state = (struct jira_state){0};
}

static const struct text_limit limits[] = {
    {"summary", JIRA_SUMMARY_MAX, LIMIT_RUNES, "cut"},
    {"description", JIRA_DESCRIPTION_MAX, LIMIT_RUNES, "cut"},
    {0},
};

const struct receiver_type jira_receiver = {
    .schema = {.name = "jira", .key = "jira_configs", .schema = &jira_schema, .resolve = jira_resolve},
    .state_size = sizeof(struct jira_state),
    .render = render,
    .classify = classify,
    .limits = limits,
};
