#include "db/db.h"

#include <dirent.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "fixture.h"

/* What can happen to a process, a disk and a file: crashes, foreign and damaged files, a second process, a
 * directory that cannot be used, a disk that is full. */

#define SILENCE_ID "5bba9a4f-7c2f-4d3e-9a43-0d2c5a1f0b11"

static void db_path(const struct dir *d, char out[128])
{
    snprintf(out, 128, "%s/tocsin.db", d->path);
}

static void change(const struct dir *d, const char *sql)
{
    char file[128];
    sqlite3 *conn;

    db_path(d, file);
    CHECK_EQ(sqlite3_open(file, &conn), SQLITE_OK);
    FAIL_IF(sqlite3_exec(conn, sql, NULL, NULL, NULL) != SQLITE_OK, "%s: %s", sql, sqlite3_errmsg(conn));
    sqlite3_close(conn);
}

static void overwrite(const struct dir *d, off_t offset, const char *text, size_t n)
{
    char file[128];

    db_path(d, file);
    const int fd = open(file, O_WRONLY | O_CREAT, 0644);
    CHECK(fd >= 0);
    CHECK_EQ(pwrite(fd, text, n, offset), (ssize_t)n);
    close(fd);
}

static size_t count_files(const struct dir *d, const char *part)
{
    DIR *list = opendir(d->path);
    size_t n = 0;

    CHECK(list != NULL);
    for (struct dirent *e; (e = readdir(list)) != NULL;)
        n += strstr(e->d_name, part) != NULL;
    closedir(list);
    return n;
}

/* ---- crashes ---- */

static void report(struct db_batch *b, bool ok)
{
    const int *fd = b->ctx;
    const unsigned version = (unsigned)strtoul(b->records[0].alert->generator_url->s + 18, NULL, 10);

    if (ok && write(*fd, &version, sizeof(version)) != sizeof(version))
        _exit(1);
    db_batch_free(b);
}

/* Writes versions 1, 2, 3, ... of a few alerts, a silence and a ledger entry until it is killed. */
static void write_for_ever(const char *dir, int fd)
{
    struct rig rig = rig_start(dir);

    for (unsigned version = 1;; version++) {
        char comment[16];
        snprintf(comment, sizeof(comment), "%u", version);
        struct record *v = xmalloc(4 * sizeof(*v));
        v[0] = alert_record(0, version);
        v[1] = alert_record(1 + version % 50, version);
        v[2] = silence_record(SILENCE_ID, comment);
        v[3] = ledger_record("k", version);
        struct db_batch *b = db_batch_new(v, 4, report, &fd);
        if (!db_write(rig.db, b, false))
            db_batch_free(b);
    }
}

/* The last version that the child was told is durable; it is killed in the middle of its work. */
static unsigned run_and_kill(const char *dir, unsigned answers)
{
    int fd[2];
    unsigned version = 0, n = 0;

    CHECK_EQ(pipe(fd), 0);
    const pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        close(fd[0]);
        write_for_ever(dir, fd[1]);
        _exit(0);
    }
    close(fd[1]);
    while (n < answers && read(fd[0], &version, sizeof(version)) == sizeof(version))
        n++;
    kill(child, SIGKILL);
    while (read(fd[0], &version, sizeof(version)) == sizeof(version))
        n++;
    waitpid(child, NULL, 0);
    close(fd[0]);
    FAIL_IF(n < answers, "the child ended after %u answers", n);
    return version;
}

TEST(crash, nothing_that_was_answered_is_missing)
{
    struct dir d = dir_new();

    for (unsigned round = 0; round < 4; round++) {
        const unsigned durable = run_and_kill(d.path, 50 + round * 300);
        struct rig rig = rig_load(d.path);
        CHECK_EQ(count_files(&d, "corrupt"), 0);
        CHECK(rig_alert_version(&rig, 0) >= (long)durable);
        CHECK(strtoul(rig_first(&rig, RECORD_SILENCE)->silence->comment->s, NULL, 10) >= durable);
        CHECK(rig_first(&rig, RECORD_LEDGER)->ledger->firing[0] >= durable);
        for (unsigned k = 0; k < 50 && k < durable; k++)
            CHECK(rig_alert_version(&rig, 1 + (durable - k) % 50) >= (long)(durable - k));
        CHECK(!stamp_is_unset(rig.last_alive));
        rig_stop(&rig);
    }
    dir_free(&d);
}

/* ---- files that are not a sound database of ours ---- */

static void write_something(const struct dir *d)
{
    struct record v[200];

    for (unsigned i = 0; i < 197; i++)
        v[i] = alert_record(i, i);
    v[197] = silence_record(SILENCE_ID, "kept");
    v[198] = ledger_record("k", 1);
    v[199] = group_record("r", "A", 1);
    struct rig rig = rig_start(d->path);
    CHECK(rig_write(&rig, v, COUNT_OF(v)));
    rig_stop(&rig);
}

static void check_moved_aside(const struct dir *d)
{
    struct rig rig = rig_start(d->path);

    CHECK_EQ(rig.n, 0);
    CHECK_EQ(count_files(d, "tocsin.db.corrupt-"), 1);
    CHECK(rig_write_one(&rig, alert_record(1, 1)));
    rig_stop(&rig);
    rig = rig_load(d->path);
    CHECK_EQ(rig.n, 1);
    CHECK_EQ(count_files(d, "tocsin.db.corrupt-"), 1);
    rig_stop(&rig);
}

/* P-143 */
TEST(damage, a_file_that_is_no_database_is_moved_aside)
{
    struct dir d = dir_new();

    overwrite(&d, 0,
              "this is somebody's diary, and has been for more than a hundred bytes by now; "
              "it has nothing to do with alerts at all, nor with databases of any kind",
              140);
    check_moved_aside(&d);
    dir_free(&d);
}

TEST(damage, another_programs_database_is_moved_aside)
{
    struct dir d = dir_new();

    change(&d, "CREATE TABLE recipes (name TEXT)");
    check_moved_aside(&d);
    dir_free(&d);
}

TEST(damage, a_schema_without_its_tables_is_moved_aside)
{
    struct dir d = dir_new();

    write_something(&d);
    change(&d, "DROP TABLE silences");
    check_moved_aside(&d);
    dir_free(&d);
}

/* Overwrites every page that holds alerts. */
static void spoil_alerts(const struct dir *d)
{
    enum { PAGE = 16384 };
    char file[128], page[PAGE], noise[PAGE];

    memset(noise, 0x5a, sizeof(noise));
    db_path(d, file);
    const int fd = open(file, O_RDWR);
    CHECK(fd >= 0);
    for (off_t at = PAGE; pread(fd, page, PAGE, at) == PAGE; at += PAGE)
        if (memmem(page, PAGE, "host-", 5) != NULL)
            CHECK_EQ(pwrite(fd, noise, PAGE, at), PAGE);
    close(fd);
}

/* P-143 */
TEST(damage, what_a_damaged_database_still_holds_is_kept)
{
    struct dir d = dir_new();

    write_something(&d);
    change(&d, "UPDATE meta SET value = '0' WHERE key = 'clean_shutdown'");
    spoil_alerts(&d);
    for (int start = 0; start < 2; start++) { /* the second time from the new database */
        struct rig rig = rig_start(d.path);
        CHECK_EQ(count_files(&d, "tocsin.db.corrupt-"), 1);
        CHECK_EQ(rig.n, 3);
        CHECK_SV(istr_sv(rig_first(&rig, RECORD_SILENCE)->silence->comment), "kept");
        CHECK_EQ(rig_first(&rig, RECORD_LEDGER)->ledger->firing[0], 1);
        CHECK_EQ(rig_first(&rig, RECORD_GROUP)->group->flush_id, 1);
        CHECK(!stamp_is_unset(rig.last_alive));
        rig_stop(&rig);
    }
    dir_free(&d);
}

TEST(damage, damage_after_a_clean_end_is_met_while_loading)
{
    struct dir d = dir_new();

    write_something(&d);
    spoil_alerts(&d);
    struct rig rig = rig_start(d.path);
    CHECK_EQ(count_files(&d, "tocsin.db.corrupt-"), 1);
    CHECK_EQ(rig.n, 3);
    rig_stop(&rig);
    dir_free(&d);
}

TEST(damage, a_body_that_cannot_be_read_costs_only_itself)
{
    struct dir d = dir_new();

    write_something(&d);
    change(&d, "UPDATE alerts SET body = '{' WHERE fp = (SELECT min(fp) FROM alerts);"
               "UPDATE ledger SET body = 'x'; INSERT INTO journal VALUES (1, 1, x'72756262697368', 0)");
    struct rig rig = rig_load(d.path);
    CHECK_EQ(rig.n, 198);
    CHECK_EQ(rig_metric(&rig, METRIC_COUNTER, "tocsin_db_errors_total"), 3);
    CHECK_EQ(count_files(&d, "corrupt"), 0);
    rig_stop(&rig);
    dir_free(&d);
}

TEST(damage, a_newer_schema_is_refused_and_not_touched)
{
    struct dir d = dir_new();
    struct rig rig;

    write_something(&d);
    change(&d, "PRAGMA user_version = 1000");
    CHECK(!rig_try_open(&rig, d.path));
    FAIL_IF(strstr(rig.err.text, "written by a newer version (schema 1000, this one knows 4)") == NULL, "%s",
            rig.err.text);
    CHECK_EQ(count_files(&d, "corrupt"), 0);
    change(&d, "PRAGMA user_version = 4");
    rig = rig_load(d.path);
    CHECK_EQ(rig.n, 200);
    rig_stop(&rig);
    dir_free(&d);
}

/* ---- the directory ---- */

TEST(place, belongs_to_one_process_at_a_time)
{
    struct dir d = dir_new();
    struct rig first = rig_load(d.path), second;
    char want[256];

    CHECK(!rig_try_open(&second, d.path));
    snprintf(want, sizeof(want), "storage directory %s is in use by another process (pid %ld)", d.path,
             (long)getpid());
    CHECK_STR(second.err.text, want);
    CHECK_EQ(second.err.kind, ERR_CONFLICT);
    rig_stop(&first);
    second = rig_load(d.path);
    rig_stop(&second);
    dir_free(&d);
}

TEST(place, must_be_a_directory)
{
    struct dir d = dir_new();
    struct rig rig;
    char file[96], want[256], below[128];

    snprintf(file, sizeof(file), "%s/file", d.path);
    const int fd = open(file, O_CREAT | O_WRONLY, 0644);
    CHECK(fd >= 0);
    close(fd);
    CHECK(!rig_try_open(&rig, file));
    snprintf(want, sizeof(want), "storage directory %s: not a directory", file);
    CHECK_STR(rig.err.text, want);
    snprintf(below, sizeof(below), "%s/deeper", file);
    CHECK(!rig_try_open(&rig, below));
    snprintf(want, sizeof(want), "storage directory %s cannot be made: Not a directory", below);
    CHECK_STR(rig.err.text, want);
    dir_free(&d);
}

TEST(place, must_be_writable)
{
    struct dir d = dir_new();
    struct rig rig;
    char want[256];

    CHECK_EQ(chmod(d.path, 0555), 0);
    if (access(d.path, W_OK) != 0) { /* root may write anywhere */
        CHECK(!rig_try_open(&rig, d.path));
        snprintf(want, sizeof(want), "storage directory %s cannot be written: Permission denied", d.path);
        CHECK_STR(rig.err.text, want);
    }
    CHECK_EQ(chmod(d.path, 0755), 0);
    dir_free(&d);
}

/* ---- a disk that refuses ---- */

/* Everything that was answered ok must be there, and after the recovery also what was not. */
static void check_refusal(const char *dir, void (*refuse)(void *ctx, bool on), void *ctx)
{
    struct rig rig = rig_start(dir);
    struct record big[64];
    bool refused = false;

    CHECK(rig_write_one(&rig, silence_record(SILENCE_ID, "before")));
    refuse(ctx, true);
    for (unsigned version = 1; version < 200 && !refused; version++) {
        for (unsigned i = 0; i < COUNT_OF(big); i++)
            big[i] = alert_record(i, version);
        refused = !rig_write(&rig, big, COUNT_OF(big));
    }
    CHECK(refused);
    CHECK(!rig_write_one(&rig, silence_record(SILENCE_ID, "meanwhile, first")));
    CHECK(!rig_write_one(&rig, alert_record(1000, 1)));
    CHECK(!rig_write_one(&rig, alert_deletion(5)));
    CHECK(!rig_write_one(&rig, silence_record(SILENCE_ID, "meanwhile, last")));
    CHECK(rig_metric(&rig, METRIC_COUNTER, "tocsin_db_errors_total") >= 1);
    CHECK(rig_metric(&rig, METRIC_GAUGE, "tocsin_db_pending_records") >= 3);

    refuse(ctx, false);
    while (!rig_write_one(&rig, alert_record(2000, 1)))
        ;
    CHECK_EQ(rig_metric(&rig, METRIC_GAUGE, "tocsin_db_pending_records"), 0);
    rig_stop(&rig);

    rig = rig_load(dir);
    CHECK_SV(istr_sv(rig_first(&rig, RECORD_SILENCE)->silence->comment), "meanwhile, last");
    CHECK_EQ(rig_count(&rig, RECORD_ALERT), COUNT_OF(big) - 1 + 2);
    CHECK_EQ(rig_alert_version(&rig, 5), -1);
    CHECK_EQ(rig_alert_version(&rig, 1000), 1);
    CHECK_EQ(rig_alert_version(&rig, 2000), 1);
    rig_stop(&rig);
}

static void limit_files(void *ctx, bool on)
{
    struct rlimit limit;

    (void)ctx;
    CHECK_EQ(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = on ? 256 << 10 : limit.rlim_max;
    CHECK_EQ(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

TEST(refusal, a_file_that_may_not_grow)
{
    struct dir d = dir_new();

    signal(SIGXFSZ, SIG_IGN);
    check_refusal(d.path, limit_files, NULL);
    dir_free(&d);
}

static void fill_disk(void *ctx, bool on)
{
    static const char zeros[4096];
    const struct dir *d = ctx;
    char file[96];

    snprintf(file, sizeof(file), "%s/ballast", d->path);
    if (!on) {
        CHECK_EQ(unlink(file), 0);
        return;
    }
    const int fd = open(file, O_CREAT | O_WRONLY, 0644);
    while (write(fd, zeros, sizeof(zeros)) > 0)
        ;
    close(fd);
}

/* Only root can; false for everybody else. The namespace makes it vanish with the process, however that ends.
 */
static bool mount_small_disk(const struct dir *d)
{
    return unshare(CLONE_NEWNS) == 0 && mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
           mount("tmpfs", d->path, "tmpfs", 0, "size=4m") == 0;
}

TEST(refusal, a_full_disk)
{
    struct dir d = dir_new();

    if (mount_small_disk(&d)) { /* the test above does without */
        check_refusal(d.path, fill_disk, &d);
        fill_disk(&d, true);
        struct rig rig;
        if (!rig_try_open(&rig, d.path))
            FAIL_IF(strstr(rig.err.text, "tocsin.db") == NULL, "%s", rig.err.text);
        else
            rig_stop(&rig);
        CHECK_EQ(umount2(d.path, MNT_DETACH), 0);
    }
    dir_free(&d);
}

/* Somebody has the file open in the sqlite3 shell, in a transaction. */
static void hold_lock(void *ctx, bool on)
{
    sqlite3 *conn = ctx;

    CHECK_EQ(sqlite3_exec(conn, on ? "BEGIN IMMEDIATE" : "COMMIT", NULL, NULL, NULL), SQLITE_OK);
}

TEST(refusal, a_person_in_the_shell_who_holds_the_lock)
{
    struct dir d = dir_new();
    struct rig rig = rig_start(d.path);
    char file[128];
    sqlite3 *conn;

    rig_stop(&rig);
    db_path(&d, file);
    CHECK_EQ(sqlite3_open(file, &conn), SQLITE_OK);
    check_refusal(d.path, hold_lock, conn);
    sqlite3_close(conn);
    dir_free(&d);
}

TEST(refusal, what_cannot_be_written_until_the_end_is_given_up_without_hanging)
{
    struct dir d = dir_new();

    signal(SIGXFSZ, SIG_IGN);
    struct rig rig = rig_start(d.path);
    CHECK(rig_write_one(&rig, alert_record(1, 1)));
    limit_files(NULL, true);
    bool ok = true;
    for (unsigned version = 2; version < 3000 && ok; version++)
        ok = rig_write_one(&rig, alert_record(version, version));
    CHECK(!ok);
    rig_stop(&rig);
    limit_files(NULL, false);
    rig = rig_load(d.path);
    CHECK_EQ(rig_alert_version(&rig, 1), 1);
    CHECK_EQ(count_files(&d, "corrupt"), 0);
    rig_stop(&rig);
    dir_free(&d);
}
