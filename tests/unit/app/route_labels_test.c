/* Route labels in GET /api/v2/alerts/groups: P-133, P-134. */
#include "app/route_labels.h"

#include "codec/tmpl.h"
#include "support/test.h"

#include "support/engine_fixture.c"

#define CONFIG(zone)                                                                                         \
    "route:\n"                                                                                               \
    "  receiver: d\n"                                                                                        \
    "  group_by: [alertname]\n"                                                                              \
    "  group_wait: 1s\n"                                                                                     \
    "  labels: {team: ops, zone: " zone ", empty: '{{ \"\" }}'}\n"                                           \
    "  routes:\n"                                                                                            \
    "    - matchers: [alertname=\"y\"]\n"                                                                    \
    "      labels:\n"                                                                                        \
    "        team: 'db of {{ routeLabels \"zone\" }}'\n"                                                     \
    "        n: '{{ len .Alerts.Firing }} of {{ len .Alerts }}'\n"                                           \
    "        why: '{{ .NotificationReason }}'\n"                                                             \
    "        bad: '{{ .Nope }}'\n"                                                                           \
    "        a: '{{ routeLabels \"b\" }}'\n"                                                                 \
    "        b: '{{ routeLabels \"a\" }}'\n"                                                                 \
    "receivers: [{name: d, webhook_configs: [{url: 'http://a/'}]}]\n"

#define OF_X "{}:{alertname=\"x\"} empty= team=ops zone=north\n"
#define OF_Y(n, zone)                                                                                        \
    "{}/{alertname=\"y\"}:{alertname=\"y\"} empty= n=" n " team=db of " zone " why=unknown zone=" zone "\n"

static void with_templates(struct fixture *f)
{
    struct config *c = config_ref(f->config);
    c->tmpl = tmpl_set_new();
    config_unref(c);
}

static void add_group(struct strbuf *out, struct route_labels *r, const struct groups_view *view,
                      const struct group_view *g, struct now now, struct arena *mem)
{
    const struct label_sv *v;
    const size_t n = route_labels_of(r, view, g, now, mem, &v);

    strbuf_adds(out, g->group_key);
    for (size_t i = 0; i < n; i++)
        strbuf_addf(out, " %.*s=%.*s", SV_ARG(v[i].name), SV_ARG(v[i].value));
    strbuf_addc(out, '\n');
}

/* One line per group that has alerts which the filter lets through. */
static void check_shown(struct fixture *f, struct route_labels *r, const char *filter, const char *want)
{
    CLEANUP(strbuf_donep) struct strbuf text = {0};
    struct matchers ms = {0};
    struct groups_view view;
    struct arena mem;
    struct err err;

    CHECK(matchers_parse(sv_of(filter), MATCHER_FALLBACK, &ms, NULL, &err));
    arena_init(&mem, 1 << 20);
    engine_view_groups(f->engine, f->now, &mem, &view);
    groups_view_filter(&view, &(struct alert_query){true, true, true, true, &ms, NULL, NULL}, &mem);
    groups_view_sort(&view);
    strbuf_adds(&text, "");
    for (size_t i = 0; i < view.n; i++)
        add_group(&text, r, &view, &view.v[i], f->now, &mem);
    groups_view_done(&view);
    arena_done(&mem);
    matchers_done(&ms);
    CHECK_STR(text.p, want);
}

static struct fixture setup(void)
{
    struct engine_opts opts = FIXTURE_OPTS;
    struct fixture f;

    fixture_init(&f, CONFIG("north"), &opts);
    with_templates(&f);
    fixture_post_one(&f, "x", 0, 1000);
    fixture_post_one(&f, "y{n=1}", 0, 1000);
    fixture_post_one(&f, "y{n=2}", 0, 1000);
    return f;
}

/* Inherited, overridden by name, referring to each other; a cycle and a failing one are left out, and the
 * keys of the groups do not change. */
TEST(route_labels, are_rendered_over_the_alerts_that_the_group_has)
{
    struct fixture f = setup();
    struct route_labels *r = route_labels_new("http://us/");

    check_shown(&f, r, "", OF_X OF_Y("2 of 2", "north"));
    /* what a filter leaves out is in the group all the same */
    check_shown(&f, r, "n=\"1\"", OF_Y("2 of 2", "north"));
    check_shown(&f, r, "n=\"no\"", "");
    route_labels_free(r);
    fixture_done(&f);
}

TEST(route_labels, are_rendered_again_when_the_alerts_change)
{
    struct fixture f = setup();
    struct route_labels *r = route_labels_new("http://us/");

    check_shown(&f, r, "alertname=\"y\"", OF_Y("2 of 2", "north"));
    CHECK_EQ(route_labels_renders(r), 1);
    fixture_run(&f, 10, true);
    fixture_post_one(&f, "y{n=1}", 0, 2000); /* a heartbeat */
    check_shown(&f, r, "alertname=\"y\"", OF_Y("2 of 2", "north"));
    CHECK_EQ(route_labels_renders(r), 1);
    fixture_post_one(&f, "y{n=3}", 10, 2000);
    check_shown(&f, r, "alertname=\"y\"", OF_Y("3 of 3", "north"));
    CHECK_EQ(route_labels_renders(r), 2);
    fixture_reload(&f, CONFIG("south"));
    with_templates(&f);
    check_shown(&f, r, "alertname=\"y\"", OF_Y("3 of 3", "south"));
    CHECK_EQ(route_labels_renders(r), 3);
    route_labels_free(r);
    fixture_done(&f);
}
