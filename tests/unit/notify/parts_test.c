/* Messages that are too long, with the layouts that everybody has (receivers.md B1.4: R-086). */
#include "fixture.h"

#define MANY 300

/* Every third alert is over, every fifth of the others critical; the worst come last. */
static void begin(struct fixture *f, const char *type, const char *settings)
{
    static struct delivery_alert alerts[MANY];
    struct config *c = fixture_builtin(type, settings);
    char labels[96];

    for (int i = 0; i < MANY; i++) {
        const int k = MANY - 1 - i;
        const char *severity = k % 5 == 0 ? "critical" : k % 5 == 1 ? "info" : "warning";
        (void)snprintf(labels, sizeof labels, "alertname=A|instance=host-%d;|severity=%s", i, severity);
        alerts[i] = fixture_alert(labels, "summary=the disk is nearly full", k % 3 != 0);
    }
    fixture_begin(f, c, fixture_delivery(c, alerts, MANY));
}

static const char *must_render(struct fixture *f)
{
    fixture_must_render(f);
    return arena_strndup(&f->mem, f->request.body.p, f->request.body.n);
}

static bool shows(const char *body, size_t i)
{
    char instance[32];

    /* Feishu escapes the hyphen. */
    (void)snprintf(instance, sizeof instance, "-%zu;", i);
    if (strstr(body, instance) != NULL)
        return true;
    (void)snprintf(instance, sizeof instance, "host&#45;%zu;", i);
    return strstr(body, instance) != NULL;
}

/* 0: the last to be left out. */
static unsigned rank(const struct delivery_alert *a)
{
    const struct sv severity = labels_get(a->alert->labels, SV("severity"));

    if (!a->firing)
        return 3;
    return sv_eq(severity, SV("critical")) ? 0 : sv_eq(severity, SV("warning")) ? 1 : 2;
}

/* Nobody who is shown matters less than somebody who is not. */
static size_t check_order(const struct fixture *f, const char *body)
{
    unsigned worst_hidden = 9, least_shown = 0;
    size_t shown = 0;

    for (size_t i = 0; i < MANY; i++) {
        const unsigned r = rank(&f->delivery->alerts[i]);
        if (!shows(body, i)) {
            worst_hidden = r < worst_hidden ? r : worst_hidden;
            continue;
        }
        least_shown = r > least_shown ? r : least_shown;
        shown++;
    }
    FAIL_IF(least_shown > worst_hidden, "rank %u is shown, %u is not", least_shown, worst_hidden);
    return shown;
}

#define LINK "http://am.example:9093/#/alerts?receiver=ops.team"

static const struct robot {
    const char *type, *address;
    const char *before, *after; /* how many are left */
} robots[] = {
    {"dingtalk", "access_token: T", "… 其余 ", " 条见 [查看全部](" LINK ")"},
    {"wecom", "key: K", "… 其余 ", " 条见 [查看全部](" LINK ")"},
    {"feishu", "hook_token: T", "… 其余 ", " 条见 [查看全部](" LINK ")"},
    {"wecom", "key: K, message_type: text", "… 其余 ", " 条见 " LINK},
    {"wecom", "key: K, language: en", "… +", " more: [show all](" LINK ")"},
};

static void check_remark(const char *body, const struct robot *robot, size_t left)
{
    char remark[160];

    (void)snprintf(remark, sizeof remark, "%s%zu%s", robot->before, left, robot->after);
    FAIL_IF(strstr(body, remark) == NULL, "no \"%s\" in %s", remark, body);
}

TEST(parts, truncating_leaves_out_what_matters_least)
{
    for (size_t i = 0; i < COUNT_OF(robots); i++) {
        char settings[96];
        struct fixture f;
        (void)snprintf(settings, sizeof settings, "{%s, overflow: truncate}", robots[i].address);
        begin(&f, robots[i].type, settings);
        const char *body = must_render(&f);
        const size_t shown = check_order(&f, body);
        FAIL_IF(shown < 4 || shown == MANY, "%s: %zu are shown", robots[i].address, shown);
        check_remark(body, &robots[i], MANY - shown);
        CHECK_EQ(fixture_reply(&f, 200, "{\"errcode\":0,\"code\":0}").kind, VERDICT_DELIVERED);
        fixture_end(&f);
    }
}

TEST(parts, a_digest_shows_more_alerts_and_less_of_each)
{
    for (size_t i = 0; i < COUNT_OF(robots); i++) {
        char settings[96];
        struct fixture f;
        size_t shown[2];
        for (int digest = 0; digest < 2; digest++) {
            (void)snprintf(settings, sizeof settings, "{%s, max_parts: 1, overflow: %s}", robots[i].address,
                           digest != 0 ? "digest" : "truncate");
            begin(&f, robots[i].type, settings);
            const char *body = must_render(&f);
            shown[digest] = check_order(&f, body);
            if (shown[digest] < MANY)
                check_remark(body, &robots[i], MANY - shown[digest]);
            fixture_end(&f);
        }
        FAIL_IF(shown[1] < 2 * shown[0], "%s: %zu alerts, and %zu in a digest", robots[i].address, shown[0],
                shown[1]);
    }
}

/* What fits is told in full, whatever would be done otherwise. */
TEST(parts, what_is_short_enough_is_not_touched)
{
    static const char *const overflows[] = {"split", "truncate", "digest"};
    char bodies[COUNT_OF(overflows)][4096];

    for (size_t i = 0; i < COUNT_OF(overflows); i++) {
        struct fixture f;
        char settings[64];
        (void)snprintf(settings, sizeof settings, "{key: K, overflow: %s}", overflows[i]);
        fixture_start(&f, "wecom", settings, true);
        (void)snprintf(bodies[i], sizeof bodies[i], "%s", must_render(&f));
        CHECK_STR(bodies[i], bodies[0]);
        fixture_end(&f);
    }
}
