/* STAND-IN for a host whose processor has AMX, for the test of uml-xstate.c on one that has not.
 *
 * It does what such a host was seen to do, and nothing more: PTRACE_GETREGSET of NT_X86_XSTATE tells
 * a state of 11,008 bytes, and PTRACE_SETREGSET refuses with EFAULT a buffer that is shorter
 * (xstateregs_set in arch/x86/kernel/fpu/regset.c of Linux).
 *
 *   cc -O2 -shared -fPIC -nostdlib -o amx-host.so amx-host.c
 */
#define PTRACE_GETREGSET 0x4204
#define PTRACE_SETREGSET 0x4205
#define NT_X86_XSTATE 0x202
#define RTLD_NEXT ((void *)-1l)
#define STATE 11008
#define EFAULT 14

struct iovec {
	void *base;
	unsigned long length;
};

void *dlsym(void *handle, const char *name);
int *__errno_location(void);

long ptrace(long request, long pid, void *address, void *data)
{
	static long (*real)(long, long, void *, void *);
	static char state[65536];
	struct iovec *given = data;
	struct iovec own = { state, sizeof state };

	if (!real)
		real = (long (*)(long, long, void *, void *))dlsym(RTLD_NEXT, "ptrace");
	if ((long)address != NT_X86_XSTATE ||
	    (request != PTRACE_GETREGSET && request != PTRACE_SETREGSET))
		return real(request, pid, address, data);
	if (request == PTRACE_SETREGSET && given->length < STATE) {
		*__errno_location() = EFAULT;
		return -1;
	}
	if (real(PTRACE_GETREGSET, pid, address, &own) != 0)
		return -1;
	if (request == PTRACE_SETREGSET) {
		own.base = given->base; /* its end is state that this host does not have */
		return real(request, pid, address, &own);
	}
	for (unsigned long i = 0; i < given->length && i < STATE; i++)
		((char *)given->base)[i] = i < own.length ? state[i] : 0;
	if (given->length > STATE)
		given->length = STATE;
	return 0;
}
