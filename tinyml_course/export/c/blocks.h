/* Weights lie in blocks of up to five bytes, one byte for two weights: 16 * high + low + 8. For one value, all
   bytes of a block follow each other, so a value is loaded once, and a value of zero skips its bytes. */
