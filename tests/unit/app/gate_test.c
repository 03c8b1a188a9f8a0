/* When deliveries leave: with their records, or when the disk takes too long, and never after the end. */
#include "app/gate.h"

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
    struct gate gate;
    struct notify notify;
};

static void rig_init(struct rig *r)
{
    *r = (struct rig){0};
    gate_init(&r->gate);
    r->gate.notify = &r->notify;
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
    struct parcel *p = gate_hold(&r->gate, &fx, at * NS_PER_S);
    effects_done(&fx);
    return p;
}

TEST(gate, deliveries_leave_with_their_records)
{
    struct rig r;

    rig_init(&r);
    CHECK(hold(&r, "", 0) == NULL);
    struct parcel *a = hold(&r, "12", 0), *b = hold(&r, "3", 0);
    CHECK_STR(r.notify.left, "");
    gate_release(&r.gate, NULL);
    gate_release(&r.gate, b);
    CHECK_STR(r.notify.left, "3");
    struct parcel *c = hold(&r, "4", 0);
    gate_release(&r.gate, a);
    gate_release(&r.gate, c);
    CHECK_STR(r.notify.left, "3124");
    gate_done(&r.gate);
}

TEST(gate, a_disk_that_does_not_answer_is_not_waited_for_long)
{
    struct rig r;

    rig_init(&r);
    CHECK_EQ(gate_overdue(&r.gate, 0), MONO_NEVER);
    struct parcel *a = hold(&r, "1", 10), *b = hold(&r, "2", 11);
    CHECK_EQ(gate_overdue(&r.gate, 11 * NS_PER_S), 12 * NS_PER_S);
    CHECK_STR(r.notify.left, "");
    CHECK_EQ(gate_overdue(&r.gate, 12 * NS_PER_S), 13 * NS_PER_S);
    CHECK_STR(r.notify.left, "1");
    gate_release(&r.gate, a);
    CHECK_EQ(gate_overdue(&r.gate, 99 * NS_PER_S), MONO_NEVER);
    gate_release(&r.gate, b);
    CHECK_STR(r.notify.left, "12");
    gate_done(&r.gate);
}

TEST(gate, nothing_leaves_after_the_end)
{
    struct rig r;

    rig_init(&r);
    struct parcel *a = hold(&r, "12", 0);
    gate_close(&r.gate);
    CHECK(hold(&r, "3", 0) == NULL);
    CHECK_EQ(gate_overdue(&r.gate, 99 * NS_PER_S), MONO_NEVER);
    gate_release(&r.gate, a);
    CHECK_STR(r.notify.left, "");
    gate_done(&r.gate);
}
