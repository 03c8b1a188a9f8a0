/* Which alerts a silence may match, and which silences an alert may match, without asking them all (W-27).
 *
 * A silence that wants one of a few values of a label (`instance="a"`, `instance=~"a|b"`) is filed under
 * them, and so are the alerts that have them; of several such matchers the one with the fewest alerts is
 * used. Alerts are filed by the names that silences ask for and by no others: without silences the index
 * costs nothing. Silences without such a matcher may match every alert, and are kept apart.
 *
 * The index is part of the engine and borrows silences and slots, which must leave it before they go.
 */
#pragma once

#include "internal.h"

/* Forgets what is still filed. */
void mute_index_done(struct mute_index *ix);

/* `slots` are all that there are: those that have a name nobody asked for before are filed under it. The
 * matchers of a filed silence must stay equal. */
void mute_index_add_silence(struct mute_index *ix, const struct map *slots, struct silence_rec *rec);
void mute_index_drop_silence(struct mute_index *ix, struct silence_rec *rec);

void mute_index_add_slot(struct mute_index *ix, struct slot *s);
void mute_index_drop_slot(struct mute_index *ix, struct slot *s);

/* Candidates for one that was added; each is visited once. */
void mute_index_each_slot(const struct map *slots, struct silence_rec *rec,
                          void (*visit)(void *ctx, struct slot *s, struct silence_rec *rec), void *ctx);
void mute_index_each_silence(const struct mute_index *ix, struct slot *s,
                             void (*visit)(void *ctx, struct slot *s, struct silence_rec *rec), void *ctx);
