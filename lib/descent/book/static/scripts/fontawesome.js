/* The theme draws its icons with fonts; its icon script (1.4 MB) is not needed. */
