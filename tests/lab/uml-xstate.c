/* Lets a user-mode Linux older than 6.13 run on a processor with a large extended state (AMX).
 *
 * Such a kernel hands ptrace(PTRACE_SETREGSET, NT_X86_XSTATE) the 2,696 bytes it knows of. The host
 * refuses a buffer that is shorter than its own state (11,008 bytes with AMX), and the guest's first
 * process dies in put_fp_registers. Here the buffer is completed with the state that the traced
 * process has now. Where the host's state is no larger, the call goes through unchanged.
 *
 * No header is included and no library linked, so that any C compiler makes it:
 *
 *   cc -O2 -shared -fPIC -nostdlib -o uml-xstate.so uml-xstate.c
 *   LD_PRELOAD=./uml-xstate.so linux.uml ...
 */
#define PTRACE_GETREGSET 0x4204 /* include/uapi/linux/ptrace.h */
#define PTRACE_SETREGSET 0x4205
#define NT_X86_XSTATE 0x202 /* include/uapi/linux/elf.h */
#define RTLD_NEXT ((void *)-1l) /* dlfcn.h of glibc */

struct iovec {
	void *base;
	unsigned long length;
};

void *dlsym(void *handle, const char *name);

/* glibc declares it with `...`; on x86-64 the arguments come in the same registers. */
long ptrace(long request, long pid, void *address, void *data)
{
	static long (*real)(long, long, void *, void *);
	static char state[65536];

	if (!real)
		real = (long (*)(long, long, void *, void *))dlsym(RTLD_NEXT, "ptrace");
	if (request == PTRACE_SETREGSET && (long)address == NT_X86_XSTATE) {
		struct iovec *given = data;
		struct iovec whole = { state, sizeof state };

		if (real(PTRACE_GETREGSET, pid, address, &whole) == 0 && whole.length > given->length) {
			for (unsigned long i = 0; i < given->length; i++)
				state[i] = ((char *)given->base)[i];
			return real(request, pid, address, &whole);
		}
	}
	return real(request, pid, address, data);
}
