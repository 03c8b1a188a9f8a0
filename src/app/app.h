/* The program: builds the parts in order, waits for signals, takes them down in reverse. */
#pragma once

#include "options.h"

/* Runs until SIGTERM or SIGINT. Returns the exit status. Call once, before any other thread exists. */
int app_run(struct options *o);
