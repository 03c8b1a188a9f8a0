/* sim: lives of the engine, from seeds.
 *
 *   sim --seeds 500 --from 1 --steps 200    plays them, and says what was found
 *   sim --time 60                           as many as there is time for
 *   sim --seed 17 [--verbose]               one; with everything that happens
 *   --keep-going goes on after a violation; --progress 1000 says where it is after every 1,000 seeds
 *
 * Every seed is played twice, and both must have the same effects, byte for byte. The first violation is
 * shrunk and printed, and the exit status is 1.
 */

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <time.h>

#include "base/attr.h"
#include "shrink.h"

struct args {
    uint64_t from, seeds;
    size_t steps;
    double seconds;    /* 0: no limit */
    uint64_t progress; /* a line after so many seeds; 0: none */
    bool verbose, keep_going;
};

static double clock_seconds(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void add_tally(struct tally *sum, const struct tally *t)
{
    sum->flushes += t->flushes;
    sum->told += t->told;
    sum->repeats += t->repeats;
    sum->acks += t->acks;
    sum->swallowed += t->swallowed;
    sum->duplicates += t->duplicates;
    sum->crashes += t->crashes;
    sum->reloads += t->reloads;
    sum->lost_batches += t->lost_batches;
    for (size_t i = 0; i < EXCUSES; i++)
        sum->excused[i] += t->excused[i];
}

static void print_tally(const struct tally *t)
{
    printf("%zu flushes, %zu notifications (%zu repeats), %zu without content, %zu reloads, "
           "%zu acknowledgements\n",
           t->flushes, t->told, t->repeats, t->swallowed, t->reloads, t->acks);
    printf("%zu crashes with %zu batches lost, %zu duplicates after a crash or a lost answer\n", t->crashes,
           t->lost_batches, t->duplicates);
    printf(
        "ends that nobody told: %zu heard without a record, %zu expired, %zu after a reload, %zu given up\n",
        t->excused[EXCUSE_DOUBT], t->excused[EXCUSE_EXPIRED], t->excused[EXCUSE_RELOAD],
        t->excused[EXCUSE_GIVEN_UP]);
}

static void report(struct script *s, const struct outcome *found)
{
    struct outcome out = *found;

    printf("seed %llu, step %zu, %.3f s: %s: %s\n", (unsigned long long)s->seed, found->step, found->at,
           found->kind, found->text);
    fflush(stdout);
    shrink(s, &out);
    printf("shrunk to %zu steps: %.3f s: %s: %s\n", s->n_steps, out.at, out.kind, out.text);
    script_print(stdout, s);
    printf("---- what happens\n");
    world_play(s, true, stdout, &out);
}

/* False: a violation, which is reported. */
static bool play(uint64_t seed, const struct args *args, struct tally *sum, uint64_t *hash)
{
    struct script *s = script_new(seed, args->steps);
    struct outcome first, second;

    world_play(s, true, args->verbose ? stdout : NULL, &first);
    bool ok = first.kind[0] == '\0';
    if (!ok) {
        report(s, &first);
    } else {
        world_play(s, false, NULL, &second);
        ok = first.hash == second.hash;
        if (!ok)
            printf("seed %llu: the second life had other effects than the first\n", (unsigned long long)seed);
    }
    add_tally(sum, &first.tally);
    *hash = *hash * UINT64_C(1099511628211) ^ first.hash;
    free(s);
    return ok;
}

static void print_progress(const struct args *args, uint64_t n, uint64_t failed, double took)
{
    if (args->progress == 0 || n % args->progress != 0)
        return;
    printf("%llu seeds, %llu failed, %.0f s\n", (unsigned long long)n, (unsigned long long)failed, took);
    fflush(stdout);
}

static int play_all(const struct args *args)
{
    const double start = clock_seconds();
    struct tally sum = {0};
    uint64_t hash = 0, n = 0, failed = 0;

    while (n < args->seeds && (args->seconds <= 0 || clock_seconds() - start < args->seconds)) {
        failed += !play(args->from + n++, args, &sum, &hash);
        print_progress(args, n, failed, clock_seconds() - start);
        if (failed != 0 && !args->keep_going)
            break;
    }
    const double took = clock_seconds() - start;
    print_tally(&sum);
    printf("%llu seeds of %zu steps, %llu failed, effects %016llx, %.1f s, %.0f seeds/s\n",
           (unsigned long long)n, args->steps, (unsigned long long)failed, (unsigned long long)hash, took,
           (double)n / took);
    return failed != 0;
}

static uint64_t number(const char *text)
{
    char *end;
    errno = 0;
    const unsigned long long v = strtoull(text, &end, 10);
    if (errno != 0 || *end != '\0' || end == text) {
        fprintf(stderr, "sim: not a number: %s\n", text);
        exit(2);
    }
    return v;
}

int main(int argc, char **argv)
{
    static const struct option options[] = {
        {"seeds", required_argument, NULL, 'n'},
        {"from", required_argument, NULL, 'f'},
        {"steps", required_argument, NULL, 's'},
        {"seed", required_argument, NULL, 'o'},
        {"time", required_argument, NULL, 't'},
        {"progress", required_argument, NULL, 'p'},
        {"verbose", no_argument, NULL, 'v'},
        {"keep-going", no_argument, NULL, 'k'},
        {NULL, 0, NULL, 0},
    };
    struct args args = {.from = 1, .seeds = 500, .steps = 200};

    for (int c; (c = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        if (c == 'n')
            args.seeds = number(optarg);
        else if (c == 'f')
            args.from = number(optarg);
        else if (c == 's')
            args.steps = number(optarg);
        else if (c == 'o')
            args.from = number(optarg), args.seeds = 1;
        else if (c == 't')
            args.seconds = (double)number(optarg), args.seeds = UINT64_MAX;
        else if (c == 'p')
            args.progress = number(optarg);
        else if (c == 'v')
            args.verbose = true;
        else if (c == 'k')
            args.keep_going = true;
        else
            return 2;
    }
    if (args.steps > SIM_STEPS) {
        fprintf(stderr, "sim: at most %d steps\n", SIM_STEPS);
        return 2;
    }
    return play_all(&args);
}
