package io.penstock.gpuserver.software.ptx.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the device's printf prints: the expected texts are those of glibc's, which prints for a real GPU. */
final class PrintFormatTest implements PrintFormat.Memory {
    private final ByteBuffer memory = ByteBuffer.allocate(64).order(ByteOrder.LITTLE_ENDIAN);

    private String print(String format) {
        return new PrintFormat(format, this, 0).text();
    }

    @ParameterizedTest
    @CsvSource(delimiter = ';', textBlock = """
            integer;'%08x';255;'000000ff'
            integer;'%04x';15;'000f'
            integer;'%#08x';255;'0x0000ff'
            integer;'%#x';0;'0'
            integer;'%#X';255;'0XFF'
            integer;'%#o';8;'010'
            integer;'%#o';0;'0'
            integer;'%#.3o';8;'010'
            integer;'%08d';-42;'-0000042'
            integer;'%-8d|';42;'42      |'
            integer;'%08.3d';42;'     042'
            integer;'%.0d|';0;'|'
            integer;'%+d';5;'+5'
            integer;'% d';5;' 5'
            integer;'%05o';8;'00010'
            integer;'%x';-1;'ffffffff'
            integer;'%010u';7;'0000000007'
            integer;'%hhd';300;'44'
            integer;'%hx';-1;'ffff'
            integer;'%-+6d|';3;'+3    |'
            integer;'%#10x';255;'      0xff'
            integer;'%#010x';255;'0x000000ff'
            integer;'%c';65;'A'
            integer;'%5c|';65;'    A|'
            real;'%a';0x1.8p+1;'0x1.8p+1'
            real;'%.2a';0x1.921f9f01b866ep+1;'0x1.92p+1'
            real;'%a';0x1p+0;'0x1p+0'
            real;'%a';0x0p+0;'0x0p+0'
            real;'%.0a';0x1.8p+0;'0x2p+0'
            real;'%.1a';0x1.08p+0;'0x1.0p+0'
            real;'%.1a';0x1.18p+0;'0x1.2p+0'
            real;'%A';0x1.ffp+7;'0X1.FFP+7'
            real;'%.15a';0x1.8p+0;'0x1.800000000000000p+0'
            real;'%a';0x0.0000000000001p-1022;'0x0.0000000000001p-1022'
            real;'%020a';0x1.8p+0;'0x0000000000001.8p+0'
            real;'%010f';-0x1.8p+0;'-01.500000'
            real;'%08f';Infinity;'     inf'
            real;'%8g|';NaN;'     nan|'
            real;'%08g';-Infinity;'    -inf'
            real;'%#.0f';0x1.8p+1;'3.'
            real;'%#.0e';0x1.8p+1;'3.e+00'
            real;'%.3e';0x1.81cd6c8b43958p+13;'1.235e+04'
            real;'%010.2e';0x1.426fe718a86d7p-10;'001.23e-03'
            real;'%-12g|';0x1.a36e2eb1c432dp-14;'0.0001      |'
            real;'%g';0x1.5af1d78b58c4p+66;'1e+20'
            real;'%#g';0x1p+0;'1.00000'
            real;'%+.1f';0x1.2p+1;'+2.2'
            real;'%.0f';0x1p-1;'0'
            real;'%.0f';0x1.4p+1;'2'
            real;'%012.3f';-0x1.921f9f01b866ep+1;'-0000003.142'
            real;'%F';Infinity;'INF'
            width;'%*d|';-6 5;'5     |'
            width;'%*d|';6 5;'     5|'
            width;'%.*d|';3 5;'005|'
            width;'%.*d|';-3 5;'5|'
            width;'%0*x|';8 255;'000000ff|'
            """)
    void numbersAsInC(String kind, String format, String values, String expected) {
        switch (kind) {
            case "integer" -> memory.putInt(0, Integer.parseInt(values));
            case "real" -> memory.putDouble(0, Double.parseDouble(values));
            default -> {
                String[] both = values.split(" ", -1);
                memory.putInt(0, Integer.parseInt(both[0])).putInt(4, Integer.parseInt(both[1]));
            }
        }
        assertThat(print(format)).isEqualTo(expected);
    }

    @Test
    void aByteIsAByteAndNoStringAtAllIsSaidToBeNone() {
        memory.putInt(0, 200);
        assertThat(print("%c").getBytes(StandardCharsets.ISO_8859_1)).containsExactly(200);
        memory.putLong(0, 0);
        assertThat(print("<%s>")).isEqualTo("<(null)>");
        memory.putLong(0, 16).put(16, (byte) 'a').put(17, (byte) 0xff).put(18, (byte) 0);
        assertThat(print("%s").getBytes(StandardCharsets.ISO_8859_1)).containsExactly('a', 0xff);
        assertThat(print("%5.1s|")).isEqualTo("    a|");
    }

    @Override
    public String string(long address) {
        StringBuilder text = new StringBuilder();
        for (int at = (int) address; memory.get(at) != 0; at++) {
            text.append((char) (memory.get(at) & 0xff));
        }
        return text.toString();
    }

    @Override
    public int word(long address) {
        return memory.getInt((int) address);
    }

    @Override
    public long doubleword(long address) {
        return memory.getLong((int) address);
    }
}
