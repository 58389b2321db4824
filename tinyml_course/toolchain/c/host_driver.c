/* Runs an exported model on a computer: samples in on stdin, outputs and class of each out on stdout.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Compile with -DMODEL_HEADER="NAME_model.h", -DMODEL(x)=NAME_##x and -DMODEL_CLASS=uint8_t, the type of a class.
 * Both streams are binary, in this computer's byte order and without anything between the values:
 *   in   NAME_INPUT_SIZE values of NAME_input_t for each sample
 *   out  NAME_OUTPUT_SIZE values of NAME_output_t, then the class, for each sample
 * Leaves with 0 at the end of the input, with 2 if the input ends within a sample.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#ifdef _WIN32
#include <fcntl.h>
#include <io.h>
#endif

#include MODEL_HEADER

int main(void)
{
    static MODEL(input_t) input[MODEL(INPUT_SIZE)];
    static MODEL(output_t) output[MODEL(OUTPUT_SIZE)];
    size_t length;

#ifdef _WIN32
    _setmode(0, _O_BINARY);
    _setmode(1, _O_BINARY);
#endif
    while ((length = fread(input, 1, sizeof input, stdin)) == sizeof input) {
        MODEL_CLASS class_index;

        MODEL(invoke)(input, output);
        class_index = MODEL(classify)(input);
        if (fwrite(output, sizeof output, 1, stdout) != 1 || fwrite(&class_index, sizeof class_index, 1, stdout) != 1) {
            return 3;
        }
    }
    if (length != 0) {
        fprintf(stderr, "the input ends within a sample: %u of %u bytes\n", (unsigned)length, (unsigned)sizeof input);
        return 2;
    }
    return fflush(stdout) == 0 ? 0 : 3;
}
