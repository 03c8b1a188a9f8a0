/* When deliveries leave: with their records, or when the disk takes too long, and never after the end. */
#include "app/outbox.h"

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
    struct outbox o;
    struct notify notify;
};

static void rig_init(struct rig *r)
{
    *r = (struct rig){0};
    outbox_init(&r->o);
    r->o.notify = &r->notify;
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
    struct parcel *p = outbox_hold(&r->o, &fx, at * NS_PER_S);
    effects_done(&fx);
    return p;
}

TEST(outbox, deliveries_leave_with_their_records)
{
    struct rig r;

    rig_init(&r);
    CHECK(hold(&r, "", 0) == NULL);
    struct parcel *a = hold(&r, "12", 0), *b = hold(&r, "3", 0);
    CHECK_STR(r.notify.left, "");
    outbox_release(&r.o, NULL);
    outbox_release(&r.o, b);
    CHECK_STR(r.notify.left, "3");
    struct parcel *c = hold(&r, "4", 0);
    outbox_release(&r.o, a);
    outbox_release(&r.o, c);
    CHECK_STR(r.notify.left, "3124");
    outbox_done(&r.o);
}

TEST(outbox, a_disk_that_does_not_answer_is_not_waited_for_long)
{
    struct rig r;

    rig_init(&r);
    CHECK_EQ(outbox_overdue(&r.o, 0), MONO_NEVER);
    struct parcel *a = hold(&r, "1", 10), *b = hold(&r, "2", 11);
    CHECK_EQ(outbox_overdue(&r.o, 11 * NS_PER_S), 12 * NS_PER_S);
    CHECK_STR(r.notify.left, "");
    CHECK_EQ(outbox_overdue(&r.o, 12 * NS_PER_S), 13 * NS_PER_S);
    CHECK_STR(r.notify.left, "1");
    outbox_release(&r.o, a);
    CHECK_EQ(outbox_overdue(&r.o, 99 * NS_PER_S), MONO_NEVER);
    outbox_release(&r.o, b);
    CHECK_STR(r.notify.left, "12");
    outbox_done(&r.o);
}

TEST(outbox, nothing_leaves_after_the_end)
{
    struct rig r;

    rig_init(&r);
    struct parcel *a = hold(&r, "12", 0);
    outbox_close(&r.o);
    CHECK(hold(&r, "3", 0) == NULL);
    CHECK_EQ(outbox_overdue(&r.o, 99 * NS_PER_S), MONO_NEVER);
    outbox_release(&r.o, a);
    CHECK_STR(r.notify.left, "");
    outbox_done(&r.o);
}
