// What guests in C share: the rules by which a program is run, and the printing of what its phases took (see Guest.cs).
#ifndef PHASES_H
#define PHASES_H

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { most_runs = 20 };
static const double most_warm_up = 3000;

struct run {
  double instantiate, execute;
};

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1e3 + time.tv_nsec / 1e6;
}

// The streams of the program are files; the result goes to where standard output was.
static void redirect(const char* output) {
  char error[4096];
  snprintf(error, sizeof error, "%s.err", output);
  int to[] = {open(output, O_WRONLY | O_CREAT | O_TRUNC, 0600), open(error, O_WRONLY | O_CREAT | O_TRUNC, 0600)};
  for (int i = 0; i < 2; i++) {
    if (to[i] < 0 || dup2(to[i], i + 1) < 0) exit(71);
    close(to[i]);
  }
}

static void print_list(FILE* file, const char* name, const struct run* runs, int count, int is_execute) {
  fprintf(file, "\"%s\":[", name);
  for (int i = 0; i < count; i++) {
    fprintf(file, "%s%.6f", i > 0 ? "," : "", is_execute ? runs[i].execute : runs[i].instantiate);
  }
  fputc(']', file);
}

// Runs the program as often as the budget in milliseconds allows; the first run only warms up, unless it is a long one.
static void measure(const char* output, double budget, double compile, struct run (*run)(void)) {
  FILE* result = fdopen(dup(1), "w");
  struct run runs[most_runs];
  int count = 0;
  double spent = 0;
  redirect(output);
  struct run first = run();
  if (first.execute > most_warm_up) runs[count++] = first;
  while (count == 0 || (first.execute <= most_warm_up && spent < budget && count < most_runs)) {
    redirect(output);
    runs[count] = run();
    spent += runs[count++].execute;
  }
  fprintf(result, "{\"compile\":[%.6f],", compile);
  print_list(result, "instantiate", runs, count, 0);
  fputc(',', result);
  print_list(result, "execute", runs, count, 1);
  fputs("}\n", result);
  fclose(result);
}

#endif
