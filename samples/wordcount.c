// Counts lines, words and bytes of text files, and shows the words that occur most.
//
//   wordcount FILE-OR-FOLDER...
//
// Prints Markdown. Of a folder, all files that end in .txt are counted.

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { MAX_WORD = 64, SLOTS = 1 << 14, TOP = 8, MAX_FILES = 256, MAX_PATH_LENGTH = 512 };

typedef struct {
    char text[MAX_WORD];
    unsigned count;
} Word;

typedef struct {
    unsigned long lines, words, bytes;
} Totals;

static Word table[SLOTS];
static unsigned distinct;

static Word *find(const char *text) {
    unsigned hash = 2166136261u;
    for (const char *p = text; *p; p++) hash = (hash ^ (unsigned char)*p) * 16777619u;
    for (unsigned i = hash % SLOTS;; i = (i + 1) % SLOTS) {
        if (table[i].count == 0) {
            if (++distinct == SLOTS) {
                fputs("too many different words\n", stderr);
                exit(1);
            }
            strcpy(table[i].text, text);
            return &table[i];
        }
        if (strcmp(table[i].text, text) == 0) return &table[i];
    }
}

static void end_word(char *word, int *length, Totals *totals) {
    if (*length == 0) return;
    word[*length] = 0;
    find(word)->count++;
    totals->words++;
    *length = 0;
}

static int count_file(const char *path, Totals *sum) {
    FILE *file = fopen(path, "r");
    if (!file) {
        fprintf(stderr, "%s: %s\n", path, strerror(errno));
        return 1;
    }
    Totals totals = {0};
    char word[MAX_WORD];
    int length = 0;
    for (int c; (c = getc(file)) != EOF;) {
        totals.bytes++;
        if (c == '\n') totals.lines++;
        if (!isalpha(c) && c != '\'' && c < 0x80) end_word(word, &length, &totals);
        else if (length < MAX_WORD - 1) word[length++] = (char)tolower(c);
    }
    end_word(word, &length, &totals);
    fclose(file);
    printf("| %-24s | %6lu | %6lu | %6lu |\n", path, totals.lines, totals.words, totals.bytes);
    sum->lines += totals.lines;
    sum->words += totals.words;
    sum->bytes += totals.bytes;
    return 0;
}

static int compare_names(const void *left, const void *right) {
    return strcmp(*(char *const *)left, *(char *const *)right);
}

static int count_folder(const char *path, Totals *sum) {
    DIR *folder = opendir(path);
    if (!folder) {
        fprintf(stderr, "%s: %s\n", path, strerror(errno));
        return 1;
    }
    char *names[MAX_FILES];
    int files = 0, failures = 0;
    for (struct dirent *entry; files < MAX_FILES && (entry = readdir(folder));) {
        const char *dot = strrchr(entry->d_name, '.');
        if (dot && strcmp(dot, ".txt") == 0) names[files++] = strdup(entry->d_name);
    }
    closedir(folder);
    qsort(names, files, sizeof *names, compare_names);
    for (int i = 0; i < files; i++) {
        char full[MAX_PATH_LENGTH];
        snprintf(full, sizeof full, "%s/%s", path, names[i]);
        failures += count_file(full, sum);
        free(names[i]);
    }
    return failures;
}

static int compare_words(const void *left, const void *right) {
    const Word *a = left, *b = right;
    if (a->count != b->count) return a->count < b->count ? 1 : -1;
    return strcmp(a->text, b->text);
}

static void print_top(void) {
    qsort(table, SLOTS, sizeof *table, compare_words);
    printf("\n%u different words; the most frequent:\n\n", distinct);
    for (int i = 0; i < TOP && table[i].count; i++) {
        printf("    %-10s %4u ", table[i].text, table[i].count);
        int bar = (int)(table[i].count * 40 / table[0].count);
        while (bar-- > 0) putchar('#');
        putchar('\n');
    }
}

int main(int argc, char **argv) {
    if (argc < 2) {
        fprintf(stderr, "usage: %s FILE-OR-FOLDER...\n", argv[0]);
        return 2;
    }
    Totals sum = {0};
    int failures = 0;
    printf("| %-24s | %6s | %6s | %6s |\n", "file", "lines", "words", "bytes");
    puts("|--------------------------|-------:|-------:|-------:|");
    for (int i = 1; i < argc; i++) {
        struct stat status;
        int is_folder = stat(argv[i], &status) == 0 && S_ISDIR(status.st_mode);
        failures += is_folder ? count_folder(argv[i], &sum) : count_file(argv[i], &sum);
    }
    printf("| %-24s | %6lu | %6lu | %6lu |\n", "all", sum.lines, sum.words, sum.bytes);
    if (distinct) print_top();
    return failures ? 1 : 0;
}
