#include <stdio.h>

int main(void) {
    int sum = 0;
    for (int i = 1; i <= 10; i++) sum += i * i;
    printf("compiled by a guest: %d\n", sum);
    return 3;
}
