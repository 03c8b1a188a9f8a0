/* Silences and the notification log in Alertmanager's own format, so that one can take over from the other:
 * the records of the files `silences` and `nflog` of its storage path (pipeline.md 3.5, P-079).
 *
 * What Alertmanager cannot say is lost on the way out: the marks of twin routes and stand-ins (their entries
 * are left out), and which alerts were muted when something was told. What we cannot say is an error on the
 * way in: a silence for certain receivers, or with alternatives. What a receiver stored with an entry is
 * lost.
 */
#pragma once

#include "base/attr.h"
#include "base/clk.h"
#include "base/err.h"
#include "base/str.h"
#include "core/record.h"

/* On success the caller owns the reference in *r. A pattern that does not compile is kept as broken. */
bool snapshot_read_silence(struct sv message, struct record *r, struct err *err) NODISCARD;
bool snapshot_read_ledger(struct sv message, struct record *r, struct err *err) NODISCARD;

/* Appends a record with its length in front. `retention` is how long after its end Alertmanager keeps a
 * silence. False: it has no place in Alertmanager's log, and nothing was added. */
void snapshot_write_silence(struct strbuf *out, const struct silence *s, dur_ns retention);
bool snapshot_write_ledger(struct strbuf *out, const struct ledger_entry *e);
