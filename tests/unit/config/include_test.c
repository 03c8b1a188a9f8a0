/* Included files: mounted, checked together, and each with its own last good version. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/config.h"
#include "support/config_env.h"
#include "support/test.h"

#define MAIN                                                                                                 \
    "include: [teams]\n"                                                                                     \
    "route: {receiver: base, routes: [{matchers: [team=main], receiver: base}]}\n"                           \
    "receivers: [{name: base}]\n"
#define TEAM(name)                                                                                           \
    "routes: [{matchers: [team=" name "], receiver: " name "}]\nreceivers: [{name: " name "}]\n"

struct world {
    char dir[64], store[96];
    struct strbuf errors, found;
};

static void path_in(const struct world *w, const char *name, char *out, size_t size)
{
    (void)snprintf(out, size, "%s/%s", w->dir, name);
}

static void put(const struct world *w, const char *name, const char *text)
{
    char path[160];
    path_in(w, name, path, sizeof path);
    FILE *out = fopen(path, "w");
    FAIL_IF(out == NULL, "cannot write %s", path);
    (void)fputs(text, out);
    (void)fclose(out);
}

static void drop(const struct world *w, const char *name)
{
    char path[160];
    path_in(w, name, path, sizeof path);
    (void)unlink(path);
}

static struct world world_new(void)
{
    struct world w = {.dir = "/tmp/tocsin-include-XXXXXX"};
    char path[160];
    FAIL_IF(mkdtemp(w.dir) == NULL, "mkdtemp failed");
    path_in(&w, "store", w.store, sizeof w.store);
    path_in(&w, "teams", path, sizeof path);
    CHECK_EQ(mkdir(path, 0700), 0);
    put(&w, "am.yml", MAIN);
    return w;
}

static void world_done(struct world *w)
{
    char command[128];
    strbuf_done(&w->errors);
    strbuf_done(&w->found);
    (void)snprintf(command, sizeof command, "rm -r '%s'", w->dir);
    CHECK_EQ(system(command), 0); /* a directory of our own making */
}

static void collect(void *ctx, const struct config_finding *f)
{
    struct world *w = ctx;
    const char *shown =
        strncmp(f->file, w->dir, strlen(w->dir)) == 0 ? f->file + strlen(w->dir) + 1 : f->file;
    strbuf_addf(&w->found, "%s:%d: %s\n", shown, f->line, f->text);
}

static struct config *load(struct world *w, bool with_store)
{
    char path[160];
    struct err err = {0};
    const struct config_env env = {.receivers = test_receivers,
                                   .follow_includes = true,
                                   .include_store = with_store ? w->store : NULL,
                                   .report = collect,
                                   .ctx = w};
    strbuf_reset(&w->errors);
    strbuf_reset(&w->found);
    path_in(w, "am.yml", path, sizeof path);
    return config_load_file(path, &env, &w->errors, &err);
}

/* Loads, and keeps what is good, as the daemon does. */
static struct config *apply(struct world *w)
{
    struct err err = {0};
    struct config *c = load(w, true);
    FAIL_IF(c == NULL, "refused: %s", w->errors.p);
    FAIL_IF(!config_store_includes(c, w->store, &err), "%s", err.text);
    return c;
}

static void check_receivers(const struct config *c, const char *want)
{
    CLEANUP(strbuf_donep) struct strbuf got = {0};
    for (size_t i = 0; i < c->n_receivers; i++)
        strbuf_addf(&got, "%s ", c->receivers[i]->name);
    CHECK_STR(got.p, want);
}

static void check_states(const struct config *c, const char *want)
{
    CLEANUP(strbuf_donep) struct strbuf got = {0};
    for (size_t i = 0; i < c->n_includes; i++)
        strbuf_addc(&got, "CLO"[c->includes[i].state]);
    CHECK_STR(got.n != 0 ? got.p : "", want);
}

TEST(include, files_of_a_directory_are_mounted_under_the_root_by_name)
{
    struct world w = world_new();
    put(&w, "teams/b.yml", TEAM("b"));
    put(&w, "teams/a.yaml",
        TEAM("a") "inhibit_rules: [{source_matchers: [s=x], equal: [team]}]\n"
                  "time_intervals: [{name: night, time_intervals: [{}]}]\ntemplates: ['*.tmpl']\n");
    put(&w, "teams/c.yml", "routes: [{matchers: [team=c], receiver: b, mute_time_intervals: [night]}]\n");
    put(&w, "teams/d.yml", "# nothing yet\n");
    put(&w, "teams/.hidden.yml", "}");
    put(&w, "teams/README", "}");
    struct config *c = apply(&w);
    check_receivers(c, "base a b ");
    check_states(c, "CCCC");
    CHECK_EQ(c->root->n_routes, 4);
    CHECK_STR(c->root->routes[0]->key, "{}/{team=\"main\"}");
    CHECK_STR(c->root->routes[1]->key, "{}/{team=\"a\"}");
    CHECK_STR(c->root->routes[3]->receiver->name, "b");
    CHECK_EQ(c->n_inhibit_rules, 1);
    CHECK_EQ(c->n_templates, 1);
    CHECK(strstr(c->templates[0], "/teams/*.tmpl") != NULL);
    CHECK(strstr(c->original, "include:") == NULL && strstr(c->original, "- name: a\n") != NULL);
    config_unref(c);
    world_done(&w);
}

TEST(include, without_a_store_a_broken_file_refuses_all)
{
    struct world w = world_new();
    put(&w, "teams/a.yml", TEAM("a"));
    put(&w, "teams/b.yml", "routes: [{reciever: b}]\n");
    put(&w, "teams/c.yml", "global: {}\n");
    CHECK(load(&w, false) == NULL);
    CHECK_STR(w.found.p, "teams/b.yml:1: field reciever not found in type config.plain\n"
                         "teams/c.yml:1: field global not found in type config.plain\n");
    CHECK(strstr(w.errors.p, "did you mean `receiver`?") != NULL);
    world_done(&w);
}

TEST(include, what_is_wrong_with_a_file)
{
    static const struct {
        const char *name, *text, *want; /* in team b, beside team a */
    } rows[] = {
        {"YAML", "routes: [\n", "teams/b.yml:2: did not find expected node content\n"},
        {"unknown key", "rooutes: []\n", "teams/b.yml:1: field rooutes not found in type config.plain\n"},
        {"semantic", "routes: [{group_wait: x}]\n", "teams/b.yml:1: not a valid duration string: \"x\"\n"},
        {"unknown receiver", "routes: [{receiver: nobody}]\n",
         "teams/b.yml:1: undefined receiver \"nobody\" used in route\n"},
        {"unknown interval", "routes: [{mute_time_intervals: [t]}]\n",
         "teams/b.yml:1: undefined time interval \"t\" used in route\n"},
        {"receiver of the main file", "receivers:\n- name: base\n",
         "teams/b.yml:2: notification config name \"base\" is not unique\n"},
        {"receiver of another team", TEAM("a"),
         "teams/b.yml:2: notification config name \"a\" is not unique\n"},
        {"null route", "routes: [~]\n", "teams/b.yml:1: missing route\n"},
        {"null receiver", "receivers: [~]\n", "teams/b.yml:1: missing name in receiver\n"},
        {"a list", "[]\n", "teams/b.yml:1: cannot unmarshal !!seq into config.plain\n"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct world w = world_new();
        put(&w, "teams/a.yml", TEAM("a"));
        put(&w, "teams/b.yml", rows[i].text);
        struct config *c = apply(&w);
        FAIL_IF(strcmp(w.found.p, rows[i].want) != 0, "%s: got %s", rows[i].name, w.found.p);
        check_states(c, "CO");
        check_receivers(c, "base a ");
        CHECK(strstr(rows[i].want, strrchr(c->includes[1].why, ':') + 2) != NULL);
        config_unref(c);
        world_done(&w);
    }
}

TEST(include, a_broken_file_keeps_its_last_good_version_also_after_a_restart)
{
    struct world w = world_new();
    put(&w, "teams/a.yml", TEAM("a"));
    put(&w, "teams/b.yml", TEAM("b"));
    config_unref(apply(&w));

    put(&w, "teams/a.yml", TEAM("a2"));
    put(&w, "teams/b.yml", "routes: }\n");
    for (int restart = 0; restart < 3; restart++) { /* nothing is kept in memory */
        struct config *c = apply(&w);
        check_states(c, "CL");
        check_receivers(c, "base a2 b ");
        CHECK(strstr(c->includes[1].why, "b.yml:1:") != NULL);
        config_unref(c);
    }
    put(&w, "teams/b.yml", TEAM("b3"));
    struct config *c = apply(&w);
    check_states(c, "CC");
    check_receivers(c, "base a2 b3 ");
    config_unref(c);
    world_done(&w);
}

TEST(include, a_last_good_version_that_does_not_fit_any_more_is_left_out)
{
    struct world w = world_new();
    put(&w, "teams/a.yml", TEAM("a"));
    put(&w, "teams/b.yml", TEAM("b"));
    config_unref(apply(&w));
    put(&w, "teams/a.yml", TEAM("b"));
    put(&w, "teams/b.yml", "broken: }\n");
    struct config *c = apply(&w);
    check_states(c, "CO");
    check_receivers(c, "base b ");
    CHECK(strstr(w.found.p, "teams/b.yml (last good version):2: notification config name \"b\"") != NULL);
    config_unref(c);
    world_done(&w);
}

TEST(include, errors_of_the_main_file_refuse_all)
{
    struct world w = world_new();
    put(&w, "teams/a.yml", TEAM("a"));
    config_unref(apply(&w));
    put(&w, "am.yml", "include: [teams]\nroute: {receiver: nobody}\nreceivers: []\n");
    CHECK(load(&w, true) == NULL);
    CHECK_STR(w.found.p, "am.yml:2: undefined receiver \"nobody\" used in route\n");
    put(&w, "am.yml", "include: [nosuch]\nroute: {receiver: a}\nreceivers: [{name: a}]\n");
    CHECK(load(&w, true) == NULL);
    CHECK(strstr(w.found.p, "am.yml:1: include: ") != NULL);
    CHECK(strstr(w.found.p, "/nosuch: No such file or directory") != NULL);
    world_done(&w);
}

/* A receiver that the main file names may come from a team's file; when that breaks, the old one serves. */
TEST(include, the_main_file_may_use_names_of_included_files)
{
    struct world w = world_new();
    put(&w, "am.yml", "include: [teams]\nroute: {receiver: a}\n");
    put(&w, "teams/a.yml", TEAM("a"));
    config_unref(apply(&w));
    put(&w, "teams/a.yml", "receivers: [{nam: a}]\n");
    struct config *c = apply(&w);
    check_states(c, "L");
    config_unref(c);
    world_done(&w);
}

TEST(include, what_is_kept_is_private_and_goes_with_its_file)
{
    struct world w = world_new();
    char path[160];
    struct stat st;
    put(&w, "teams/a.yml", TEAM("a"));
    put(&w, "teams/b.yml", TEAM("b"));
    config_unref(apply(&w));
    CHECK_EQ(stat(w.store, &st), 0);
    CHECK_EQ(st.st_mode & 0777, 0700);
    drop(&w, "teams/b.yml");
    config_unref(apply(&w));
    (void)snprintf(path, sizeof path, "test $(ls '%s' | wc -l) = 1", w.store);
    CHECK_EQ(system(path), 0);
    put(&w, "teams/b.yml", "broken: }\n");
    struct config *c = apply(&w);
    check_states(c, "CO");
    config_unref(c);
    world_done(&w);
}

TEST(include, nothing_is_kept_when_nothing_is_included)
{
    struct world w = world_new();
    put(&w, "am.yml", "route: {receiver: a}\nreceivers: [{name: a}]\n");
    config_unref(apply(&w));
    CHECK(access(w.store, F_OK) != 0);
    world_done(&w);
}

/* As for configurations that are posted for a dry run: they must not name files of the server. */
TEST(include, is_refused_where_no_file_may_be_read)
{
    const struct config_env env = {.receivers = test_receivers};
    struct err err;
    CHECK(config_load(SV(MAIN), "posted.yml", &env, NULL, &err) == NULL);
    CHECK_STR(err.text, "include is only possible in a file on disk");
}
