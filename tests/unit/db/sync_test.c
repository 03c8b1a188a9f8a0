/* P-138: what is answered was written to the platter, and not only to the page cache, where a power loss
 * would take it: the commit waits for the system's fdatasync(). */
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

TEST(sync, a_record_is_on_the_disk_before_it_is_answered)
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
        CHECK(rig_write_one(&rig, rows[i].r));
        FAIL_IF(atomic_load(&syncs) == before, "%s was answered without fdatasync()", rows[i].name);
    }
    rig_stop(&rig);
    dir_free(&d);
}
