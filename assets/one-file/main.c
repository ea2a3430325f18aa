/*
 * xenbond as one file: an interpreter whose modules are in a zip at the end of this very file.
 *
 * Nothing outside has a say in what is run: no environment, no site directory, no pyvenv.cfg beside
 * the file, no current directory. The modules are read from the file that runs, so one that is
 * replaced or removed meanwhile changes nothing for this process.
 */
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <marshal.h>

#include <limits.h>
#include <unistd.h>

#define ITSELF "/proc/self/exe"
/* What the zip ends in: the end of its directory (APPNOTE.TXT 4.3.16), and as its comment where
   pack.py has put the directory as Python's value, and its size. */
#define END "PK\5\6"
#define END_SIZE 22

static int failed(const char *text) {
	fprintf(stderr, "xenbond: can't start: %s. Nothing was done.\n", text);
	return 2;
}

/* Python would read the directory entry by entry, which takes longer than all else at a start. */
static PyObject *directory(void) {
	unsigned char tail[END_SIZE + 16];
	unsigned long long at, size;
	PyObject *found = NULL;
	char *data = NULL;
	FILE *file = fopen(ITSELF, "rb");
	if (file && !fseek(file, -(long)sizeof tail, SEEK_END) &&
	    fread(tail, sizeof tail, 1, file) == 1 && !memcmp(tail, END, 4)) {
		memcpy(&at, tail + END_SIZE, 8);
		memcpy(&size, tail + END_SIZE + 8, 8);
		if ((data = malloc(size)) && !fseek(file, (long)at, SEEK_SET) &&
		    fread(data, size, 1, file) == 1)
			found = PyMarshal_ReadObjectFromString(data, (Py_ssize_t)size);
	}
	free(data);
	if (file)
		fclose(file);
	return found;
}

/* Tell zipimport what the zip has, before the first module is looked for. */
static int known(void) {
	PyObject *files = directory();
	PyObject *module = files ? PyImport_ImportModule("zipimport") : NULL;
	PyObject *cache = module ? PyObject_GetAttrString(module, "_zip_directory_cache") : NULL;
	int done = cache && !PyDict_SetItemString(cache, ITSELF, files);
	Py_XDECREF(cache);
	Py_XDECREF(module);
	Py_XDECREF(files);
	return done;
}

int main(int argc, char **argv) {
	char path[PATH_MAX];
	ssize_t length = readlink(ITSELF, path, sizeof path - 1);
	if (length <= 0)
		return failed("/proc is not mounted here");
	path[length] = 0;

	PyPreConfig before;
	PyPreConfig_InitIsolatedConfig(&before);
	before.utf8_mode = 1;
	/* The C library's gives memory back to the kernel, and asks for it again, all the time. */
	before.allocator = PYMEM_ALLOCATOR_MIMALLOC;
	if (PyStatus_Exception(Py_PreInitialize(&before)))
		return failed("no memory");

	PyConfig config;
	PyConfig_InitIsolatedConfig(&config);
	/* Only what needs no module from the zip, until _Py_InitializeMain(). */
	config._init_main = 0;
	config.site_import = 0;
	config.write_bytecode = 0;
	config.parse_argv = 0;
	config.pathconfig_warnings = 0;
	/* As python(1) has them: Ctrl+C is KeyboardInterrupt, a closed pipe an error. */
	config.install_signal_handlers = 1;
	config.module_search_paths_set = 1;
	PyStatus status = PyConfig_SetBytesString(&config, &config.executable, path);
	/* With a home nothing is looked for beside the file. */
	if (!PyStatus_Exception(status))
		status = PyConfig_SetBytesString(&config, &config.home, "/nonexistent");
	if (!PyStatus_Exception(status))
		status = PyWideStringList_Append(&config.module_search_paths, L"" ITSELF);
	if (!PyStatus_Exception(status))
		status = PyConfig_SetBytesArgv(&config, argc, argv);
	if (!PyStatus_Exception(status))
		status = Py_InitializeFromConfig(&config);
	PyConfig_Clear(&config);
	if (!PyStatus_Exception(status)) {
		if (!known())
			return failed("this file is not whole; copy it here again");
		status = _Py_InitializeMain();
	}
	if (PyStatus_Exception(status))
		return failed(status.err_msg ? status.err_msg : "no memory");

	PyObject *module = PyImport_ImportModule("xenbond_tui.__main__");
	PyObject *done = module ? PyObject_CallMethod(module, "main", NULL) : NULL;
	/* main() ends in SystemExit, which this ends the process with. */
	if (!done)
		PyErr_Print();
	return Py_FinalizeEx() < 0 || !done ? 2 : 0;
}
