#include "commands.h"

#include <stddef.h>

#include "cli.h"

#define O(name) offsetof(struct cli_options, name)

static const struct flag flags[] = {
    {"date.format", FLAG_STRING, O(date_format), "2006-01-02 15:04:05 MST", "Format of date output"},
    {"verbose", FLAG_BOOL, O(verbose), NULL, "Show each request on standard error", .letter = 'v'},
    {"alertmanager.url", FLAG_STRING, O(url), NULL, "Server to talk to", .value = "ALERTMANAGER.URL"},
    {"output", FLAG_ENUM, O(output), "simple", "Output formatter (simple, extended, json)", .letter = 'o',
     .choices = "simple,extended,json"},
    {"timeout", FLAG_DURATION, O(timeout), "30s", "Timeout for the executed command"},
    {"http.config.file", FLAG_FILE, O(http_config_file), NULL,
     "HTTP client configuration file to connect to the server.", .value = "<filename>"},
    {"version-check", FLAG_BOOL, O(version_check), "true",
     "Check the server's version. Use --no-version-check to disable."},
    {"enable-feature", FLAG_STRING, O(enable_feature), "", FEATURES_HELP},
};

static const struct command *const subs[] = {
    &cmd_alert,    &cmd_ack,          &cmd_silence, &cmd_check_config, &cmd_cluster,   &cmd_config,
    &cmd_template, &cmd_explain,      &cmd_history, &cmd_tail,         &cmd_receivers, &cmd_receiver,
    &cmd_lanes,    &cmd_dead_letters, &cmd_migrate, &cmd_completion,   NULL,
};

const struct command cmd_program = {
    .name = "tocsinctl",
    .help =
        "View and modify the state of a Tocsin or Alertmanager server.\n\n"
        "Flags can be given in a configuration file, too: a flat YAML map from names of flags to values. "
        "Read are, where they exist, $HOME/.config/tocsinctl/config.yml, $HOME/.config/amtool/config.yml, "
        "/etc/tocsinctl/config.yml and /etc/amtool/config.yml (and where Debian's amtool has them: "
        "$HOME/.config/prometheus/amtool.yml, /etc/prometheus/amtool.yml); the first file that has a name "
        "counts, and "
        "the command line before all of them. Well suited are:\n\n"
        "  alertmanager.url   server for each request\n"
        "  author             author of new silences; otherwise your user name\n"
        "  require-comment    whether a new silence needs a comment; true by default\n"
        "  output             simple, extended or json\n"
        "  date.format        format of dates, as Go writes it\n"
        "  http.config.file   TLS and authentication, as http_config in alertmanager.yml\n",
    .flags = flags,
    .n_flags = COUNT_OF(flags),
    .options_size = sizeof(struct cli_options),
    .subs = subs,
};
