/* When deliveries leave: with their records, or when the disk takes too long, and never after the end. */
#include "app/departures.h"

#include <stdlib.h>

#include "base/mem.h"
#include "support/test.h"

/* Stands in for the notifier: what left, as the digits of the deliveries' ids. */
struct notify {
    char left[16];
    size_t n;
};

void notify_submit(struct notify *n, struct delivery *d)
{
    n->left[n->n++] = (char)('0' + d->id);
    delivery_free(d);
}

struct rig {
    struct departures departures;
    struct notify notify;
};

static void rig_init(struct rig *r)
{
    *r = (struct rig){0};
    departures_init(&r->departures);
    r->departures.notify = &r->notify;
}

/* Deliveries with these ids, at this second. */
static struct parcel *hold(struct rig *r, const char *ids, mono_ns at)
{
    struct effects fx = {0};

    for (; *ids != '\0'; ids++) {
        struct delivery *d = xcalloc(1, sizeof(*d));
        d->id = (uint64_t)(*ids - '0');
        fx.deliveries =
            xgrow(fx.deliveries, &fx.cap_deliveries, fx.n_deliveries + 1, sizeof(struct delivery *));
        fx.deliveries[fx.n_deliveries++] = d;
    }
    struct parcel *p = departures_hold(&r->departures, &fx, at * NS_PER_S);
    effects_done(&fx);
    return p;
}

TEST(departures, deliveries_leave_with_their_records)
{
    struct rig r;

    rig_init(&r);
    CHECK(hold(&r, "", 0) == NULL);
    struct parcel *a = hold(&r, "12", 0), *b = hold(&r, "3", 0);
    CHECK_STR(r.notify.left, "");
    departures_release(&r.departures, NULL);
    departures_release(&r.departures, b);
    CHECK_STR(r.notify.left, "3");
    struct parcel *c = hold(&r, "4", 0);
    departures_release(&r.departures, a);
    departures_release(&r.departures, c);
    CHECK_STR(r.notify.left, "3124");
    departures_done(&r.departures);
}

TEST(departures, a_disk_that_does_not_answer_is_not_waited_for_long)
{
    struct rig r;

    rig_init(&r);
    CHECK_EQ(departures_overdue(&r.departures, 0), MONO_NEVER);
    struct parcel *a = hold(&r, "1", 10), *b = hold(&r, "2", 11);
    CHECK_EQ(departures_overdue(&r.departures, 11 * NS_PER_S), 12 * NS_PER_S);
    CHECK_STR(r.notify.left, "");
    CHECK_EQ(departures_overdue(&r.departures, 12 * NS_PER_S), 13 * NS_PER_S);
    CHECK_STR(r.notify.left, "1");
    departures_release(&r.departures, a);
    CHECK_EQ(departures_overdue(&r.departures, 99 * NS_PER_S), MONO_NEVER);
    departures_release(&r.departures, b);
    CHECK_STR(r.notify.left, "12");
    departures_done(&r.departures);
}

TEST(departures, nothing_leaves_after_the_end)
{
    struct rig r;

    rig_init(&r);
    struct parcel *a = hold(&r, "12", 0);
    departures_close(&r.departures);
    CHECK(hold(&r, "3", 0) == NULL);
    CHECK_EQ(departures_overdue(&r.departures, 99 * NS_PER_S), MONO_NEVER);
    departures_release(&r.departures, a);
    CHECK_STR(r.notify.left, "");
    departures_done(&r.departures);
}
