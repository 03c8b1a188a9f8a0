#include "app/flags.h"

#include "support/test.h"

struct sample {
    const char *file;
    bool loud;
    dur_ns wait;
    long most;
    struct flag_list listen;
};

static const struct flag table[] = {
    {"config.file", FLAG_STRING, offsetof(struct sample, file), "a.yml", "File.", false},
    {"loud", FLAG_BOOL, offsetof(struct sample, loud), NULL, "Loud.", false},
    {"wait", FLAG_DURATION, offsetof(struct sample, wait), "5m", "Wait.", false},
    {"most", FLAG_INT, offsetof(struct sample, most), "7", "Most.", false},
    {"listen", FLAG_LIST, offsetof(struct sample, listen), ":9093", "Addresses.", false},
};
enum { N = (int)COUNT_OF(table) };

static enum flags_result parse(struct sample *s, struct err *err, const char *const *args)
{
    const char *argv[16] = {"tocsin"};
    bool given[N];
    int argc = 1;

    *s = (struct sample){0};
    for (; args[argc - 1] != NULL; argc++)
        argv[argc] = args[argc - 1];
    return flags_parse(table, N, argc, (char *const *)(uintptr_t)argv, s, given, err);
}
#define ARGS(...) ((const char *const[]){__VA_ARGS__, NULL})

TEST(flags, defaults_and_both_ways_to_give_a_value)
{
    struct sample s;
    struct err err;

    CHECK_EQ(parse(&s, &err, (const char *const[]){NULL}), FLAGS_OK);
    CHECK_STR(s.file, "a.yml");
    CHECK(!s.loud);
    CHECK_EQ(s.wait, 300 * NS_PER_S);
    CHECK_EQ(s.most, 7);
    CHECK_EQ(s.listen.n, 1);
    CHECK_STR(s.listen.v[0], ":9093");
    flags_free(table, N, &s);

    CHECK_EQ(parse(&s, &err, ARGS("--config.file=b.yml", "--wait", "1.5h", "--loud", "--most=1e3")),
             FLAGS_OK);
    CHECK_STR(s.file, "b.yml");
    CHECK(s.loud);
    CHECK_EQ(s.wait, 5400 * NS_PER_S);
    CHECK_EQ(s.most, 1000);
    flags_free(table, N, &s);
}

TEST(flags, an_empty_value_and_a_list_replace_the_default)
{
    struct sample s;
    struct err err;

    CHECK_EQ(
        parse(&s, &err, ARGS("--config.file=", "--listen=:1", "--listen", ":2", "--no-loud", "--most=-1")),
        FLAGS_OK);
    CHECK_STR(s.file, "");
    CHECK(!s.loud);
    CHECK_EQ(s.most, -1);
    CHECK_EQ(s.listen.n, 2);
    CHECK_STR(s.listen.v[1], ":2");
    flags_free(table, N, &s);
}

TEST(flags, refuses_with_upstreams_words)
{
    static const struct {
        const char *arg, *next, *text;
    } rows[] = {
        {"--nope", NULL, "unknown long flag '--nope'"},
        {"--no-most", NULL, "unknown long flag '--no-most'"},
        {"-x", NULL, "unknown short flag '-x'"},
        {"word", NULL, "unexpected word"},
        {"--", "word", "unexpected word"},
        {"--loud=true", NULL, "unexpected true"},
        {"--most", "-1", "expected argument for flag '--most'"},
        {"--config.file", NULL, "expected argument for flag '--config.file'"},
        {"--most=x", NULL, "strconv.ParseFloat: parsing \"x\": invalid syntax"},
        {"--wait=30", NULL, "time: missing unit in duration \"30\""},
        {"--config.file=a", "--config.file=b", "flag 'config.file' cannot be repeated"},
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct sample s;
        struct err err = {0};
        const char *const args[] = {rows[i].arg, rows[i].next, NULL};
        CHECK_EQ(parse(&s, &err, args), FLAGS_ERROR);
        CHECK_STR(err.text, rows[i].text);
        flags_free(table, N, &s);
    }
}

TEST(flags, help_names_every_flag)
{
    struct strbuf out = {0};
    struct sample s;
    struct err err;

    CHECK_EQ(parse(&s, &err, ARGS("--help")), FLAGS_HELP);
    CHECK_EQ(parse(&s, &err, ARGS("-h")), FLAGS_HELP);
    CHECK_EQ(parse(&s, &err, ARGS("--version")), FLAGS_VERSION);
    flags_help(table, N, "tocsin", "About.", &out);
    for (size_t i = 0; i < N; i++)
        FAIL_IF(strstr(out.p, table[i].name) == NULL, "%s is not in the help", table[i].name);
    CHECK(strstr(out.p, "--[no-]loud") != NULL);
    strbuf_done(&out);
}
