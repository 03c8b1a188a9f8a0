/* P-138: a batch that asks for it is answered when it was written to the platter, and not only to the page
 * cache, where a power loss would take it: the commit waits for the system's fdatasync(). */
#include <stdatomic.h>
#include <sys/syscall.h>

#include "fixture.h"

static atomic_uint syncs;

/* SQLite calls this one. */
int fdatasync(int fd)
{
    atomic_fetch_add(&syncs, 1);
    return (int)syscall(SYS_fdatasync, fd);
}

TEST(sync, a_synced_record_is_on_the_disk_before_it_is_answered)
{
    const struct {
        const char *name;
        struct record r;
    } rows[] = {{"a silence", silence_record("8b2c1a52-0000-4000-8000-000000000001", "kept")},
                {"an entry of the notification log", ledger_record("key/1", 99)},
                {"an alert", alert_record(1, 7)}};
    struct dir d = dir_new();
    struct rig rig = rig_start(d.path);

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const unsigned before = atomic_load(&syncs);
        CHECK(rig_write_synced(&rig, &rows[i].r, 1));
        FAIL_IF(atomic_load(&syncs) == before, "%s was answered without fdatasync()", rows[i].name);
    }
    rig_stop(&rig);
    dir_free(&d);
}

TEST(sync, it_covers_what_was_committed_before_without_it)
{
    const struct record silence = silence_record("8b2c1a52-0000-4000-8000-000000000001", "kept");
    struct dir d = dir_new();
    struct rig rig = rig_start(d.path);

    CHECK(rig_write_one(&rig, alert_record(1, 7)));
    const unsigned before = atomic_load(&syncs);
    CHECK(rig_write_synced(&rig, &silence, 1));
    CHECK(atomic_load(&syncs) > before);
    rig_stop(&rig);
    CHECK(atomic_load(&syncs) > before + 1); /* a clean end is on the disk, too */
    rig = rig_load(d.path);
    CHECK_EQ(rig_alert_version(&rig, 1), 7);
    rig_stop(&rig);
    dir_free(&d);
}
