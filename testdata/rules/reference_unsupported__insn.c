#include "rule.h"

SEC("tc")
int store(void *ctx)
{
	asm volatile(".quad LICENSE"); // want `error: variable "LICENSE" is referred to by an instruction of opcode 0x00`
	return 0;
}

SEC("tc")
int clean(void *ctx)
{
	return 0;
}
