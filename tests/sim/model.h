/* The model: what the engine has to do, said again in another way, and what every receiver believes.
 *
 * Alerts are bits of a set, so a flush is a handful of operations. The world tells the model everything that
 * it tells the engine, then shows it the engine's effects; the first difference is kept as the violation.
 */
#pragma once

#include "archive.h"
#include "base/map.h"
#include "plan.h"
#include "script.h"

/* What one integration is told about a batch, and what stays muted that it was told of before. */
struct model_news {
    alert_set firing, resolved, held;
};

/* What a row of the notification log says. */
struct line {
    struct stamp at, expires_at;
    struct model_news told;
    enum notify_reason underway; /* REASON_NONE, or an intent: all this may have been told, or not */
};

/* Of those that are due at the same instant the one that was armed first comes first. Whether maintenance or
 * a flush does decides whether the flush still finds a line of the log that expires with it. */
struct model_timer {
    bool armed;
    mono_ns at;
    uint64_t turn;
};

/* The last message could not be delivered, and is made anew. */
struct model_owed {
    bool on;
    struct model_timer timer; /* armed: no attempt is on its way */
    bool asked;               /* nobody tries before */
    struct stamp since, next;
    unsigned attempts;
};

/* One line of the notification log, and the one who reads the messages that it stands for. */
struct account {
    char *key;
    /* What the engine has to remember. */
    bool has;
    struct line line;
    struct model_delivery *busy; /* on its way; NULL: none */
    struct model_owed owed;
    /* What the receiver believes to be firing. Only who is told the end is asked. */
    alert_set believed;
    alert_set doubtful; /* of those: heard, but the engine cannot know of it */
    alert_set excused;  /* of those: nobody has to tell the end any more */
};

struct model_alert {
    struct labels *labels;
    uint64_t hash;
    bool known, timeout;
    struct stamp starts_at, ends_at, updated_at;
    unsigned version;
    bool was_resolved;  /* this version, at some time */
    bool said_resolved; /* the row must say so */
};

struct model_delivery {
    uint64_t id;               /* 0: expected, not seen yet */
    struct model_group *group; /* NULL: gone */
    bool orphan;               /* the group that sent it is gone, whoever waits for it now */
    struct account *account;
    size_t integration;
    enum notify_reason reason;
    struct model_news news;
    struct line intent; /* the row as long as it is on its way */
    bool send_resolved;
    bool missed; /* a tick that was due at `missed_at` found it on its way */
    mono_ns missed_at;
    struct now due;
    mono_ns deadline;
    dur_ns lifetime;
    const struct config *config;
};

struct model_group {
    bool alive;
    size_t route; /* index in the present configuration */
    uint32_t values;
    struct labels *labels;
    alert_set members;
    alert_set ended; /* those that a flush saw as resolved, and nothing was heard of them since */
    alert_set acked; /* acknowledged: they alone are no reason to repeat anything */
    struct model_timer timer;
    bool missed, flushed;
    uint64_t flush_id;
    struct stamp row_next;
    struct account *accounts[SIM_INTEGRATIONS];
    size_t n_accounts;
};

struct model_silence {
    char id[37];
    bool exists;
    struct sim_matchers matchers;
    alert_set matched;
    struct stamp starts_at, ends_at;
};

/* Why somebody who was told "firing" need not be told "resolved": the engine could not know that he heard,
 * the line of the log lived shorter than a repeat, a leap of the clock or a downtime, a reload took him
 * away, or he could not be told for so long that it was given up. */
enum excuse { EXCUSE_DOUBT, EXCUSE_EXPIRED, EXCUSE_RELOAD, EXCUSE_GIVEN_UP, EXCUSES };

struct tally {
    size_t flushes, told, repeats, acks, swallowed, duplicates, crashes, reloads, lost_batches;
    size_t excused[EXCUSES];
};

#define MODEL_GROUPS (SIM_ROUTES * SIM_ALERTS * 2)

struct model {
    const struct script *script;
    struct plan *plan;
    struct engine_opts opts;
    mono_ns run_from;
    uint64_t last_turn;
    struct model_timer maintenance;
    /* The clock went forward, the process was down, a crash took the last extension of a line of the log, or
     * an earlier configuration had repeats beyond the retention: what is owed may have expired. */
    bool leapt;
    struct model_alert alerts[SIM_ALERTS];
    struct model_group groups[MODEL_GROUPS];
    struct model_silence *silences;
    size_t n_silences, cap_silences;
    struct account **accounts;
    size_t n_accounts, cap_accounts;
    struct strmap by_key;
    struct model_delivery **flying;
    size_t n_flying, cap_flying;
    struct tally tally;
    char kind[32]; /* of the violation; "": none */
    char text[600];
};

void model_init(struct model *m, const struct script *s, struct plan *plan, const struct engine_opts *opts,
                struct now now);
void model_done(struct model *m);

/* Keeps the first one. */
void model_violated(struct model *m, const char *kind, const char *fmt, ...) PRINTF(3, 4);
static inline bool model_ok(const struct model *m)
{
    return m->kind[0] == '\0';
}

/* ---- what happens: called with what the engine was told ---- */

/* One valid alert of a POST; `got` is the version that the engine has now. */
void model_put(struct model *m, size_t alert, struct stamp starts_at, struct stamp ends_at, bool timeout,
               const struct alert *got, struct now now);
/* False: it has to be refused. The silence in force is the last one of that id. */
bool model_silence_set(struct model *m, const char *id, const char *fresh_id, const struct sim_matchers *ms,
                       struct stamp starts_at, struct stamp ends_at, struct stamp now, const char **in_force);
void model_silence_expire(struct model *m, const char *id, struct stamp now);
struct model_silence *model_silence(struct model *m, const char *id);
/* Returns how many groups have something that is meant. */
size_t model_ack(struct model *m, const struct sim_matchers *ms, struct now now);
void model_reload(struct model *m, struct plan *plan, struct now now);
void model_tick(struct model *m, struct now now);
/* The receiver reads the message. */
void model_heard(struct model *m, uint64_t delivery, struct stamp now);
/* `asked`: a failure, and how long the receiver wants to be left alone; 0: it did not say. */
void model_delivered(struct model *m, uint64_t delivery, bool ok, dur_ns asked, struct now now);
/* The rows are those that the engine was given; `versions` what it made of the alerts. */
void model_restart(struct model *m, struct plan *plan, bool other_config, const struct archive *rows,
                   struct alert *const *versions, struct stamp last_alive, struct now now);
/* Whether something that has ended would go on if the clock said `t`: what the engine makes of that depends
 * on what it has collected, and there is no right answer. */
bool model_undoes_ends(const struct model *m, struct stamp t, struct stamp now);
void model_observe(struct model *m, struct stamp now); /* time passes */

/* ---- what came of it ---- */

/* After each call, with its effects and before they are written. */
void model_match(struct model *m, const struct effects *fx, struct now now);
/* After each call that wrote something: rows and memory against the model. */
void model_check(struct model *m, const struct archive *rows, struct stamp now);
void model_check_stats(struct model *m, const struct engine *e, struct now now);
/* Everything has resolved and been told, and time enough has passed. */
void model_check_empty(struct model *m, const struct engine *e, const struct archive *rows, struct now now);

alert_set model_firing(const struct model *m, struct stamp now);
alert_set model_silenced(const struct model *m, struct stamp now);
/* When the last of the silences that mute the alert now is over; `now`: none does. */
struct stamp model_silenced_until(const struct model *m, size_t alert, struct stamp now);
/* What the account believes that no group speaks to it of. */
alert_set model_uncovered(const struct model *m, const struct account *a);
size_t model_alert_of(const struct model *m, const struct labels *ls); /* SIM_ALERTS: unknown */
