"""The screens, one file and one .tcss each. Imported only by `xenbond_tui.app`."""
