/*
 * xenbond as one file: an interpreter whose modules are in a zip at the end of this very file.
 *
 * Nothing outside has a say in what is run: no environment, no site directory, no pyvenv.cfg beside
 * the file, no current directory. The modules are read from the file that runs, so one that is
 * replaced or removed meanwhile changes nothing for this process.
 */
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <limits.h>
#include <unistd.h>

#define ITSELF "/proc/self/exe"

static int failed(const char *text) {
	fprintf(stderr, "xenbond: can't start: %s. Nothing was done.\n", text);
	return 2;
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
	if (PyStatus_Exception(Py_PreInitialize(&before)))
		return failed("no memory");

	PyConfig config;
	PyConfig_InitIsolatedConfig(&config);
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
	if (PyStatus_Exception(status))
		return failed(status.err_msg ? status.err_msg : "no memory");

	PyObject *module = PyImport_ImportModule("xenbond_tui.__main__");
	PyObject *done = module ? PyObject_CallMethod(module, "main", NULL) : NULL;
	/* main() ends in SystemExit, which this ends the process with. */
	if (!done)
		PyErr_Print();
	return Py_FinalizeEx() < 0 || !done ? 2 : 0;
}
