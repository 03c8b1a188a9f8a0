#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "config/cmdline.h"

#define MAX_WORDS 32

struct options {
    const char *text, *choice;
    bool yes;
    dur_ns wait;
    long number;
    struct flag_list list;
};
#define O(name) offsetof(struct options, name)

static const struct flag flags[] = {
    {"text", FLAG_STRING, O(text), "a", "Text.", .letter = 't'},
    {"yes", FLAG_BOOL, O(yes), NULL, "Yes.", .letter = 'y'},
    {"wait", FLAG_DURATION, O(wait), "1s", "Wait."},
    {"number", FLAG_INT, O(number), "1", "Number.", .letter = 'n'},
    {"list", FLAG_LIST, O(list), NULL, "List.", .letter = 'l'},
    {"choice", FLAG_ENUM, O(choice), "a", "Choice.", .choices = "a,b"},
};
#define COMMON                                                                                               \
    .help = "Help.", .flags = flags, .n_flags = COUNT_OF(flags), .options_size = sizeof(struct options)

static const struct command leaf = {.name = "leaf", .max_args = 3, .is_default = true, COMMON};
static const struct command *const inner_subs[] = {&leaf, NULL};
static const struct command inner = {.name = "inner", .subs = inner_subs, COMMON};
static const struct command *const subs[] = {&inner, &leaf, NULL};
static const struct command program = {.name = "program", .subs = subs, COMMON};

/* What was stored must be what some word says, or the default. */
static void check(const struct cmdline *line)
{
    for (size_t k = 0; k < line->depth; k++) {
        const struct options *o = line->level[k].options;
        assert(o->text != NULL && (strcmp(o->choice, "a") == 0 || strcmp(o->choice, "b") == 0));
        for (size_t i = 0; i < o->list.n; i++)
            assert(o->list.v[i] != NULL);
    }
    assert(line->args.n <= cmdline_command(line)->max_args);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *words = malloc(size + 1), *argv[MAX_WORDS + 1] = {words};
    struct strbuf help = {0};
    struct cmdline line;
    struct err err;
    int argc = 1;

    memcpy(words, data, size);
    words[size] = '\0';
    for (size_t at = 0; at < size && argc < MAX_WORDS; at += strlen(words + at) + 1) {
        words[at + strcspn(words + at, "\n")] = '\0';
        argv[argc++] = words + at;
    }
    if (cmdline_parse(&line, &program, argc, argv, &err)) {
        cmdline_help(&line, size % 120, true, &help);
        if (line.ask == ASK_RUN && cmdline_fill(&line, &err))
            check(&line);
    }
    cmdline_done(&line);
    strbuf_done(&help);
    free(words);
    return 0;
}
