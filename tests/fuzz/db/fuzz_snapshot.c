/* Records of Alertmanager's snapshot files are read without a crash, and what was read is written as it will
 * be read. */
#include <assert.h>
#include <stdint.h>

#include "codec/pb.h"
#include "db/snapshot.h"

static void check_silence(struct sv message)
{
    struct strbuf first = {0}, second = {0};
    struct record r, again;
    struct sv run, record;
    struct err err;
    bool ok;

    if (!snapshot_read_silence(message, &r, &err))
        return;
    snapshot_write_silence(&first, r.silence, NS_PER_S);
    run = strbuf_sv(&first);
    ok = pb_next_record(&run, &record, &ok) && snapshot_read_silence(record, &again, &err);
    assert(ok);
    snapshot_write_silence(&second, again.silence, NS_PER_S);
    assert(sv_eq(strbuf_sv(&first), strbuf_sv(&second)));
    record_done(&r);
    record_done(&again);
    strbuf_done(&first);
    strbuf_done(&second);
}

static void check_entry(struct sv message)
{
    struct strbuf out = {0};
    struct record r, again;
    struct sv run, record;
    struct err err;
    bool ok;

    if (!snapshot_read_ledger(message, &r, &err))
        return;
    if (snapshot_write_ledger(&out, r.ledger)) {
        run = strbuf_sv(&out);
        ok = pb_next_record(&run, &record, &ok) && snapshot_read_ledger(record, &again, &err);
        assert(ok);
        assert(again.ledger->n_firing == r.ledger->n_firing);
        record_done(&again);
    }
    record_done(&r);
    strbuf_done(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sv run = {(const char *)data, size}, message;
    bool ok;

    check_silence(run);
    check_entry(run);
    while (pb_next_record(&run, &message, &ok)) {
        check_silence(message);
        check_entry(message);
    }
    return 0;
}
