/* Configuration files, for the commands that work without a server. */
#pragma once

#include "cli.h"

/* How the tool reads configurations: with all receivers, without looking up secrets. */
struct config_env cli_config_env(const struct cli *c);

/* As config_load_file() and config_load(): all errors in `errors`, one per line. On success the caller owns
 * one reference. */
struct config *cli_load_config(const struct cli *c, const char *path, struct strbuf *errors,
                               struct err *err) NODISCARD;
struct config *cli_load_text(const struct cli *c, struct sv text, const char *path, struct strbuf *errors,
                             struct err *err) NODISCARD;

/* All of a stream, at most `max` bytes. */
bool cli_read_all(int fd, const char *name, size_t max, struct strbuf *out, struct err *err) NODISCARD;
bool cli_read_file(const char *path, size_t max, struct strbuf *out, struct err *err) NODISCARD;
