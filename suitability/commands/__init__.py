"""The commands of the command line, one idea per file: thin skins around what the app calls too."""
