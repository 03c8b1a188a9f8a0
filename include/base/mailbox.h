/* Mailboxes: how threads talk. Many senders, one receiver, messages in the order they were sent.
 *
 * Messages are intrusive and change hands whole: after mailbox_send() the sender must not touch the message.
 * Every mailbox has a limit; a sender that meets it keeps its message and decides what that means.
 */
#pragma once

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"
#include "base/clk.h"

struct mail {
    struct mail *next; /* private until taken: then the next message of the batch, NULL at its end */
};

struct mailbox {
    pthread_mutex_t mu;
    pthread_cond_t more;
    struct mail *head, **tail;
    size_t depth, limit, high_water;
    size_t wanted; /* private: how many messages the receiver sleeps for */
    bool closed, nudged;
    void (*wake)(
        void *ctx); /* called when the box stops being empty, outside the lock; NULL: the condition */
    void *wake_ctx;
};

/* `wake` is for receivers that sleep elsewhere (curl_multi_wakeup, an event loop); with NULL the receiver
 * sleeps in mailbox_wait(). `limit` 0 means none. */
void mailbox_init(struct mailbox *b, size_t limit, void (*wake)(void *ctx), void *ctx);
void mailbox_done(struct mailbox *b); /* the box must be empty */

bool mailbox_send(struct mailbox *b, struct mail *m) NODISCARD; /* any thread; false: full or closed */
void mailbox_force(struct mailbox *b,
                   struct mail *m); /* any thread; ignores the limit, for what must not be lost */

struct mail *mailbox_take(struct mailbox *b); /* everything at once, oldest first; NULL when empty */

/* The receiver: sleeps until there is mail, the box is closed, it was nudged, or `deadline` (MONO_NEVER:
 * none). */
struct mail *mailbox_wait(struct mailbox *b, mono_ns deadline);
/* The receiver, for once content only with several: sleeps until `n` messages are there, and takes none. Ends
 * early like mailbox_wait(), and leaves the nudge to that. */
void mailbox_gather(struct mailbox *b, size_t n, mono_ns deadline);
void mailbox_nudge(struct mailbox *b); /* any thread: makes one mailbox_wait() return */
void mailbox_close(struct mailbox *b); /* any thread: no more mail is accepted */
bool mailbox_closed(struct mailbox *b);
size_t mailbox_depth(struct mailbox *b);
