/* The worked timelines of the specification as data: a script of what happens, and what must be heard.
 *
 * A script has one action per line: `@<seconds> <verb> <words>`
 *
 *   post x{zone=aa} y start=1 end=3 ann=v1   one POST; times and annotation go for all its alerts
 *   silence s1 2.5..4.5 alertname="x"        creates a silence with that id
 *   expire s1
 *   latency 3.4 d/1                          how long receivers take from now on; without names: all
 *   failing d/0 d/1                          which integrations answer with an error from now on
 *   reload                                   with the timeline's second configuration
 *   kill | stop | start                      a stop cancels what is on its way; start goes on from what was
 *                                            persisted; alive until the kill or the stop
 *   end                                      the last line
 */
#pragma once

#include "support/engine_fixture.h"

struct timeline {
    const char *name, *config, *script, *heard;
    const char *config2;
    event_mask wanted;    /* which events are told */
    const char *happened; /* those, as engine_fixture.h writes them; NULL: none are compared */
    bool show_times;
    bool compat_strict;
    size_t per_alertname_limit;
    bool repeat_on_time;
    dur_ns resolve_skew, jitter;
    dur_ns gc_interval, start_delay, retention, maintenance; /* 0: the default */
};

void timeline_run(const struct timeline *t);
