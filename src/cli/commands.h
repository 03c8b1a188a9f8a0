/* The commands, one file per group: cmd_<group>.c. */
#pragma once

#include "config/cmdline.h"

extern const struct command cmd_program;

extern const struct command cmd_ack;
extern const struct command cmd_alert;
extern const struct command cmd_check_config;
extern const struct command cmd_cluster;
extern const struct command cmd_completion;
extern const struct command cmd_config;
extern const struct command cmd_config_routes;
extern const struct command cmd_dead_letters;
extern const struct command cmd_explain;
extern const struct command cmd_history;
extern const struct command cmd_lanes;
extern const struct command cmd_migrate;
extern const struct command cmd_receiver;
extern const struct command cmd_receiver_render;
extern const struct command cmd_receivers;
extern const struct command cmd_silence;
extern const struct command cmd_silence_preview;
extern const struct command cmd_tail;
extern const struct command cmd_template;
extern const struct command cmd_config_diff;
extern const struct command cmd_config_lint;
extern const struct command cmd_config_reference;
extern const struct command cmd_config_test;
