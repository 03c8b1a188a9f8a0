/* Rows C-001 to C-003, C-005 of config.md, and the grammar of commands (18.1). */
#include "config/cmdline.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "support/test.h"

struct program_options {
    const char *file;
    bool loud, check;
    dur_ns wait;
    long most;
    struct flag_list listen;
    const char *output;
};
#define P(name) offsetof(struct program_options, name)

static const struct flag flags[] = {
    {"config.file", FLAG_STRING, P(file), "a.yml", "File."},
    {"loud", FLAG_BOOL, P(loud), NULL, "Loud.", .letter = 'l'},
    {"check", FLAG_BOOL, P(check), "true", "Check.", .letter = 'c'},
    {"wait", FLAG_DURATION, P(wait), "5m", "Wait."},
    {"most", FLAG_INT, P(most), "7", "Most."},
    {"listen", FLAG_LIST, P(listen), ":9093", "Addresses."},
    {"output", FLAG_ENUM, P(output), "simple", "Format.", .letter = 'o', .choices = "simple,json"},
};

struct query_options {
    bool quiet;
    const char *by;
};
#define Q(name) offsetof(struct query_options, name)
static const struct flag query_flags[] = {
    {"quiet", FLAG_BOOL, Q(quiet), NULL, "Quiet.", .letter = 'q'},
    {"by", FLAG_STRING, Q(by), NULL, "By whom.", .letter = 'b'},
};
static const struct flag render_flags[] = {
    {"text", FLAG_STRING, Q(by), NULL, "Text.", .required = true},
};

static const struct command query = {.name = "query",
                                     .args = "[<matchers>...]",
                                     .max_args = SIZE_MAX,
                                     .help = "Query.",
                                     .flags = query_flags,
                                     .n_flags = COUNT_OF(query_flags),
                                     .options_size = sizeof(struct query_options),
                                     .is_default = true};
static const struct command add = {.name = "add", .help = "Add."};
static const struct command render = {.name = "render",
                                      .help = "Render.",
                                      .flags = render_flags,
                                      .n_flags = COUNT_OF(render_flags),
                                      .options_size = sizeof(struct query_options)};
static const struct command *const silence_subs[] = {&query, &add, NULL};
static const struct command *const template_subs[] = {&render, NULL};
static const struct command silence = {.name = "silence", .help = "Silences.", .subs = silence_subs};
static const struct command template = {.name = "template", .help = "Templates.", .subs = template_subs};
static const struct command *const subs[] = {&silence, &template, NULL};

static const struct command server = {.name = "server",
                                      .help = "About.",
                                      .flags = flags,
                                      .n_flags = COUNT_OF(flags),
                                      .options_size = sizeof(struct program_options)};
static const struct command tool = {.name = "tool",
                                    .help = "About the tool.\n\nMore.\n\n  an example\n",
                                    .flags = flags,
                                    .n_flags = COUNT_OF(flags),
                                    .options_size = sizeof(struct program_options),
                                    .subs = subs};

/* Arguments of one row, in one string, separated by single blanks. */
static bool parse(const struct command *program, const char *args, struct cmdline *line, struct err *err)
{
    static char words[256];
    static char *argv[32];
    int argc = 1;

    argv[0] = words;
    (void)snprintf(words, sizeof words, "%s", args);
    for (char *p = words; *p != '\0' && argc < 31;) {
        argv[argc++] = p;
        p += strcspn(p, " ");
        if (*p == ' ')
            *p++ = '\0';
    }
    argv[argc] = NULL;
    return cmdline_parse(line, program, argc, argv, err) && (line->ask != ASK_RUN || cmdline_fill(line, err));
}

TEST(cmdline, c_001_values_negations_and_defaults)
{
    struct cmdline line;
    struct err err = {0};

    CHECK(parse(&server, "", &line, &err));
    const struct program_options *o = cmdline_options(&line, &server);
    CHECK_STR(o->file, "a.yml");
    CHECK(!o->loud);
    CHECK(o->check);
    CHECK_EQ(o->wait, 300 * NS_PER_S);
    CHECK_EQ(o->most, 7);
    CHECK_EQ(o->listen.n, 1);
    CHECK_STR(o->listen.v[0], ":9093");
    cmdline_done(&line);

    CHECK(parse(&server, "--config.file=b.yml --wait 1.5h --loud --most=1e3 --no-check -ojson", &line, &err));
    o = cmdline_options(&line, &server);
    CHECK_STR(o->file, "b.yml");
    CHECK(o->loud);
    CHECK(!o->check);
    CHECK_EQ(o->wait, 5400 * NS_PER_S);
    CHECK_EQ(o->most, 1000);
    CHECK_STR(o->output, "json");
    cmdline_done(&line);

    CHECK(parse(&server, "--config.file= --listen=:1 --listen :2 -lc -o json --most=-1", &line, &err));
    o = cmdline_options(&line, &server);
    CHECK_STR(o->file, "");
    CHECK(o->loud);
    CHECK_EQ(o->most, -1);
    CHECK_EQ(o->listen.n, 2);
    CHECK_STR(o->listen.v[1], ":2");
    cmdline_done(&line);
}

/* C-002, C-003 */
TEST(cmdline, refuses_with_upstreams_words)
{
    static const struct {
        const struct command *program;
        const char *args, *text;
    } rows[] = {
        {&server, "--nope", "unknown long flag '--nope'"},
        {&server, "--no-most", "unknown long flag '--no-most'"},
        {&server, "-x", "unknown short flag '-x'"},
        {&server, "-lx", "unknown short flag '-x'"},
        {&server, "word", "unexpected word"},
        {&server, "-- word", "unexpected word"},
        {&server, "-", "unexpected -"},
        {&server, "--loud=true", "unexpected true"},
        {&server, "--most -1", "expected argument for flag '--most'"},
        {&server, "-o", "expected argument for flag '-o'"},
        {&server, "--config.file", "expected argument for flag '--config.file'"},
        {&server, "--most=x", "strconv.ParseFloat: parsing \"x\": invalid syntax"},
        {&server, "--wait=30", "time: missing unit in duration \"30\""},
        {&server, "--config.file=a --config.file=b", "flag 'config.file' cannot be repeated"},
        {&server, "-o xml", "enum value must be one of simple,json, got 'xml'"},
        {&server, "-o simple,json", "enum value must be one of simple,json, got 'simple,json'"},
        {&tool, "foo", "expected command but got \"foo\""},
        {&tool, "help foo", "expected command but got \"foo\""},
        {&tool, "template", "must select a subcommand of 'template'"},
        {&tool, "template render", "required flag(s) '--text' not provided"},
        {&tool, "template render --text", "expected argument for flag '--text'"},
        {&tool, "silence add x", "unexpected x"},
        {&tool, "-q", "unknown short flag '-q'"},
        {&tool, "silence add -q", "unknown short flag '-q'"},
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct cmdline line;
        struct err err = {0};
        FAIL_IF(parse(rows[i].program, rows[i].args, &line, &err), "%s was taken", rows[i].args);
        CHECK_STR(err.text, rows[i].text);
        cmdline_done(&line);
    }
}

TEST(cmdline, commands_defaults_and_flags_anywhere)
{
    static const struct {
        const char *args, *name, *by;
        size_t n_args;
        bool quiet;
    } rows[] = {
        {"silence query a b", "silence query", NULL, 2, false},
        {"silence", "silence query", NULL, 0, false},
        {"silence a=b", "silence query", NULL, 1, false},
        {"silence -q", "silence query", NULL, 0, true},
        {"silence -qbme x", "silence query", "me", 1, true},
        {"silence a --by you b --quiet", "silence query", "you", 2, true},
        {"--loud silence a --by=you -o json", "silence query", "you", 1, false},
        {"silence query -- -q add", "silence query", NULL, 2, false},
        {"silence query add", "silence query", NULL, 1, false},
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct cmdline line;
        struct strbuf name = {0};
        struct err err = {0};
        FAIL_IF(!parse(&tool, rows[i].args, &line, &err), "%s: %s", rows[i].args, err.text);
        cmdline_name(&line, &name);
        CHECK_STR(name.p, rows[i].name);
        CHECK_EQ(line.args.n, rows[i].n_args);
        const struct query_options *q = cmdline_options(&line, &query);
        CHECK_EQ(q->quiet, rows[i].quiet);
        CHECK_STR(q->by != NULL ? q->by : "", rows[i].by != NULL ? rows[i].by : "");
        strbuf_done(&name);
        cmdline_done(&line);
    }
}

TEST(cmdline, c_127_a_default_from_outside_gives_way_to_the_command_line)
{
    char words[3][12] = {"tool", "silence", "--by=me"};
    char *argv[] = {words[0], words[1], words[2], NULL};
    struct cmdline line;
    struct err err = {0};

    CHECK(cmdline_parse(&line, &tool, 3, argv, &err));
    CHECK(cmdline_default(&line, "by", "file"));
    CHECK(cmdline_default(&line, "quiet", "true"));
    CHECK(cmdline_default(&line, "output", "json"));
    CHECK(!cmdline_default(&line, "text", "of another command"));
    CHECK(cmdline_fill(&line, &err));
    const struct query_options *q = cmdline_options(&line, &query);
    const struct program_options *o = cmdline_options(&line, &tool);
    CHECK_STR(q->by, "me");
    CHECK(q->quiet);
    CHECK_STR(o->output, "json");
    cmdline_done(&line);
}

TEST(cmdline, c_005_help_in_every_form)
{
    static const struct {
        const char *args;
        enum cmdline_ask ask;
        const char *holds, *holds_not;
    } rows[] = {
        {"--help", ASK_HELP,
         "usage: tool [<flags>] <command> [<args> ...]\n\nAbout the tool.\n\nMore.\n\n"
         "  an example\n\nFlags:\n  -h, --[no-]help",
         "--[no-]quiet"},
        {"-h", ASK_HELP,
         "\nCommands:\n  help [<command>...]\n  silence\n    query* [<flags>] [<matchers>...]\n"
         "    add\n  template\n    render --text=TEXT\n",
         "--[no-]quiet"},
        {"help", ASK_HELP, "      --config.file=\"a.yml\"  File.\n", NULL},
        {"help silence query", ASK_HELP, "usage: tool silence query [<flags>] [<matchers>...]\n\nQuery.\n",
         NULL},
        {"silence query --help", ASK_HELP, "  -q, --[no-]quiet           Quiet.\n", NULL},
        {"silence --help", ASK_HELP, "usage: tool silence <command> [<args> ...]\n", "template"},
        {"--help-long", ASK_HELP_LONG,
         "silence query [<flags>] [<matchers>...]\n    Query.\n\n    -q, --[no-]quiet", NULL},
        {"--help silence", ASK_HELP, "Commands:\n  silence\n    query*", NULL},
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct cmdline line;
        struct strbuf out = {0};
        struct err err = {0};
        FAIL_IF(!parse(&tool, rows[i].args, &line, &err), "%s: %s", rows[i].args, err.text);
        CHECK_EQ(line.ask, rows[i].ask);
        cmdline_help(&line, 0, line.ask == ASK_HELP_LONG, &out);
        FAIL_IF(strstr(out.p, rows[i].holds) == NULL, "%s lacks [%s]:\n%s", rows[i].args, rows[i].holds,
                out.p);
        FAIL_IF(rows[i].holds_not != NULL && strstr(out.p, rows[i].holds_not) != NULL, "%s has [%s]:\n%s",
                rows[i].args, rows[i].holds_not, out.p);
        strbuf_done(&out);
        cmdline_done(&line);
    }
}

TEST(cmdline, help_is_filled_to_the_width)
{
    static const struct flag wordy[] = {
        {"x", FLAG_STRING, 0, NULL, "one two three four five six seven eight nine ten", .value = "X"},
    };
    static const struct command program = {
        .name = "p", .help = "a b", .flags = wordy, .n_flags = 1, .options_size = sizeof(char *)};
    struct cmdline line;
    struct strbuf out = {0};
    struct err err = {0};

    CHECK(parse(&program, "--help", &line, &err));
    cmdline_help(&line, 44, false, &out);
    CHECK(strstr(out.p, "      --x=X           one two three four\n"
                        "                      five six seven eight\n"
                        "                      nine ten\n") != NULL);
    strbuf_done(&out);
    cmdline_done(&line);
}

TEST(cmdline, manual_page_and_completions_name_every_command_and_flag)
{
    static const char *const names[] = {"silence", "query", "add", "render", "quiet", "text"};
    struct strbuf man = {0}, script = {0};

    cmdline_man(&tool, 1, "v1", &man);
    CHECK_EQ(strstr(man.p, ".TH tool 1 \"\" \"v1\"\n.SH NAME\ntool \\- About the tool.\n") - man.p, 0);
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        FAIL_IF(strstr(man.p, names[i]) == NULL, "%s is not in the manual page", names[i]);
        for (int shell = SHELL_BASH; shell <= SHELL_FISH; shell++) {
            strbuf_reset(&script);
            cmdline_completion(&tool, (enum shell)shell, &script);
            FAIL_IF(strstr(script.p, names[i]) == NULL, "%s is not in script %d", names[i], shell);
        }
    }
    strbuf_done(&man);
    strbuf_done(&script);
}
