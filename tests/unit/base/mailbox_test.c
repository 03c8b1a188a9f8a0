#include "base/mailbox.h"

#include <sched.h>
#include <stdatomic.h>

#include "support/test.h"

struct letter {
    struct mail mail;
    size_t sender;
    int no;
};

static struct letter *letter_of(struct mail *m)
{
    return CONTAINER_OF(m, struct letter, mail);
}

TEST(mailbox, hands_over_everything_at_once_in_order)
{
    struct mailbox b;
    struct letter l[3] = {{.no = 0}, {.no = 1}, {.no = 2}};
    mailbox_init(&b, 0, NULL, NULL);
    CHECK(mailbox_take(&b) == NULL);
    for (size_t i = 0; i < COUNT_OF(l); i++)
        CHECK(mailbox_send(&b, &l[i].mail));
    CHECK_EQ(mailbox_depth(&b), 3u);
    int no = 0;
    for (struct mail *m = mailbox_wait(&b, MONO_NEVER); m != NULL; m = m->next)
        CHECK_EQ(letter_of(m)->no, no++);
    CHECK_EQ(no, 3);
    CHECK_EQ(mailbox_depth(&b), 0u);
    CHECK_EQ(b.high_water, 3u);
    mailbox_done(&b);
}

TEST(mailbox, refuses_past_its_limit_and_when_closed_but_can_be_forced)
{
    struct mailbox b;
    struct letter l[4] = {0};
    mailbox_init(&b, 2, NULL, NULL);
    CHECK(mailbox_send(&b, &l[0].mail) && mailbox_send(&b, &l[1].mail));
    CHECK(!mailbox_send(&b, &l[2].mail));
    mailbox_force(&b, &l[2].mail);
    CHECK_EQ(mailbox_depth(&b), 3u);
    CHECK(mailbox_take(&b) == &l[0].mail);
    CHECK(!mailbox_closed(&b));
    mailbox_close(&b);
    CHECK(mailbox_closed(&b));
    CHECK(!mailbox_send(&b, &l[0].mail));
    mailbox_force(&b, &l[3].mail);
    CHECK(mailbox_wait(&b, MONO_NEVER) == &l[3].mail);
    CHECK(mailbox_wait(&b, MONO_NEVER) == NULL); /* closed and empty: does not sleep */
    mailbox_done(&b);
}

TEST(mailbox, a_nudge_or_a_deadline_ends_the_wait)
{
    struct mailbox b;
    mailbox_init(&b, 0, NULL, NULL);
    mailbox_nudge(&b);
    CHECK(mailbox_wait(&b, MONO_NEVER) == NULL);
    CHECK(mailbox_wait(&b, 0) == NULL); /* the nudge was used up; the deadline has passed */
    mailbox_done(&b);
}

static void count_wake(void *ctx)
{
    ++*(int *)ctx;
}

TEST(mailbox, wake_is_called_when_the_box_stops_being_empty)
{
    struct mailbox b;
    struct letter l[3] = {0};
    int wakes = 0;
    mailbox_init(&b, 0, count_wake, &wakes);
    CHECK(mailbox_send(&b, &l[0].mail) && mailbox_send(&b, &l[1].mail));
    CHECK_EQ(wakes, 1);
    CHECK(mailbox_take(&b) != NULL);
    CHECK(mailbox_send(&b, &l[2].mail));
    CHECK_EQ(wakes, 2);
    CHECK(mailbox_take(&b) != NULL);
    mailbox_nudge(&b);
    mailbox_close(&b);
    CHECK_EQ(wakes, 4);
    mailbox_done(&b);
}

static void *send_two(void *arg)
{
    static struct letter two[2];
    for (size_t i = 0; i < COUNT_OF(two); i++)
        mailbox_force(arg, &two[i].mail);
    return NULL;
}

TEST(mailbox, gather_sleeps_until_there_are_that_many_and_takes_none)
{
    struct mailbox b;
    struct letter first = {0};
    pthread_t t;
    mailbox_init(&b, 0, NULL, NULL);
    mailbox_force(&b, &first.mail);
    mailbox_gather(&b, 1, MONO_NEVER);
    mailbox_gather(&b, 2, 0); /* the deadline has passed */
    CHECK_EQ(mailbox_depth(&b), 1u);
    pthread_create(&t, NULL, send_two, &b);
    mailbox_gather(&b, 3, MONO_NEVER);
    CHECK_EQ(mailbox_depth(&b), 3u);
    CHECK(mailbox_wait(&b, MONO_NEVER) == &first.mail);
    pthread_join(t, NULL);
    mailbox_nudge(&b);
    mailbox_gather(&b, 1, MONO_NEVER);
    CHECK(mailbox_wait(&b, MONO_NEVER) == NULL); /* that was the nudge */
    mailbox_close(&b);
    mailbox_gather(&b, 1, MONO_NEVER);
    mailbox_done(&b);
}

enum { SENDERS = 4, LETTERS = 5000 };

struct office {
    struct mailbox box;
    atomic_size_t next_sender;
};

static struct letter letters[SENDERS][LETTERS];

static void *send_all(void *arg)
{
    struct office *o = arg;
    const size_t sender = atomic_fetch_add(&o->next_sender, 1);
    for (int i = 0; i < LETTERS; i++) {
        letters[sender][i] = (struct letter){.sender = sender, .no = i};
        while (!mailbox_send(&o->box, &letters[sender][i].mail))
            sched_yield(); /* full: the message is still ours */
    }
    return NULL;
}

TEST(mailbox, many_senders_lose_nothing_and_keep_their_order)
{
    struct office o = {.next_sender = 0};
    pthread_t t[SENDERS];
    int next[SENDERS] = {0}, received = 0;

    mailbox_init(&o.box, 64, NULL, NULL);
    for (size_t i = 0; i < SENDERS; i++)
        pthread_create(&t[i], NULL, send_all, &o);
    while (received < SENDERS * LETTERS)
        for (struct mail *m = mailbox_wait(&o.box, MONO_NEVER); m != NULL; m = m->next, received++) {
            const struct letter *l = letter_of(m);
            FAIL_IF(l->no != next[l->sender], "letter %d of sender %zu came in place of %d", l->no, l->sender,
                    next[l->sender]);
            next[l->sender]++;
        }
    for (size_t i = 0; i < SENDERS; i++)
        pthread_join(t[i], NULL);
    CHECK(o.box.high_water <= 64);
    mailbox_done(&o.box);
}
