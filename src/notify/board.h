/* The notice board of the lanes: what other threads can see of them. The notifier's thread writes, whoever
 * wants to know reads; a mutex of its own guards it, which nobody holds for longer than a copy takes.
 */
#pragma once

#include <pthread.h>

#include "base/mem.h"
#include "base/metric.h"
#include "core/lane_view.h"

#define BOARD_TEXT 256

/* What changes. Times of the monotonic clock. */
struct notice {
    enum lane_state state;
    size_t waiting, running;
    struct stamp waiting_since, retry_at, last_success, last_error_at;
    dur_ns latency;
    char last_error[BOARD_TEXT];
};

struct board_entry;

struct board {
    pthread_mutex_t mu;
    struct board_entry *first;
    struct metric_family *state, *queue, *age, *success, *error, *retry;
};

/* Registers the metrics tocsin_lane_*, which are filled when somebody scrapes. */
void board_init(struct board *b, struct metrics *registry);
void board_done(struct board *b);

/* `name` without secrets; a name that is taken gets a number. */
struct board_entry *board_add(struct board *b, const char *name) NODISCARD;
void board_remove(struct board *b, struct board_entry *e);
void board_add_receiver(struct board *b, struct board_entry *e, const char *who); /* each once */
void board_post(struct board *b, struct board_entry *e, const struct notice *n);
const char *board_name(const struct board_entry *e);

/* Any thread. */
void board_view(struct board *b, struct arena *mem, struct lanes_view *out);
