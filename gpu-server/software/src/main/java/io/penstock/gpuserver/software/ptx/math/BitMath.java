package io.penstock.gpuserver.software.ptx.math;

/** Bit fields, permutations and small dot products of 32-bit words. */
public final class BitMath {
    private BitMath() {}

    public static int popc(int a) {
        return Integer.bitCount(a);
    }

    public static int popc(long a) {
        return Long.bitCount(a);
    }

    public static int clz(int a) {
        return Integer.numberOfLeadingZeros(a);
    }

    public static int clz(long a) {
        return Long.numberOfLeadingZeros(a);
    }

    public static int brev(int a) {
        return Integer.reverse(a);
    }

    public static long brev(long a) {
        return Long.reverse(a);
    }

    /** The place of the highest one, or of the highest bit that is not the sign; -1 where there is none. */
    public static int bfindUnsigned(int a) {
        return 31 - Integer.numberOfLeadingZeros(a);
    }

    public static int bfindSigned(int a) {
        return bfindUnsigned(a < 0 ? ~a : a);
    }

    public static int bfindUnsigned(long a) {
        return 63 - Long.numberOfLeadingZeros(a);
    }

    public static int bfindSigned(long a) {
        return bfindUnsigned(a < 0 ? ~a : a);
    }

    /** {@code bfind.shiftamt}: how far left that bit is from the top; -1 where there is none. */
    public static int shiftAmount(int found) {
        return found < 0 ? -1 : 31 - found;
    }

    public static int shiftAmountLong(int found) {
        return found < 0 ? -1 : 63 - found;
    }

    /** The low eight bits of a place or a length count. */
    public static int bfeUnsigned(int a, int position, int length) {
        return (int) bfeUnsigned(Integer.toUnsignedLong(a), position & 0xff, length & 0xff);
    }

    public static int bfeSigned(int a, int position, int length) {
        return (int) field(a, position & 0xff, length & 0xff, 31);
    }

    /** Of 64 bits a place or a length beyond 255, for which PTX has no rule, is like 255 on a GPU. */
    public static long bfeUnsigned(long a, int position, int length) {
        int start = limit(position);
        int count = limit(length);
        if (start > 63 || count == 0) {
            return 0;
        }
        long shifted = a >>> start;
        return count > 63 ? shifted : shifted & (1L << count) - 1;
    }

    public static long bfeSigned(long a, int position, int length) {
        return field(a, limit(position), limit(length), 63);
    }

    private static int limit(int unsigned) {
        return Integer.compareUnsigned(unsigned, 255) > 0 ? 255 : unsigned;
    }

    /** A field, sign-extended from its top bit, or from the word's where the field reaches past it. */
    private static long field(long a, int start, int count, int top) {
        if (count == 0) {
            return 0;
        }
        long shifted = a >> Math.min(start, 63);
        if (start > top) {
            return a >> 63;
        }
        if (start + count > top) {
            return shifted;
        }
        return shifted << (64 - count) >> (64 - count);
    }

    public static int bfi(int field, int base, int position, int length) {
        return (int) bfi(field, Integer.toUnsignedLong(base), position & 0xff, length & 0xff);
    }

    public static long bfi(long field, long base, int position, int length) {
        int start = limit(position);
        int count = limit(length);
        if (start > 63 || count == 0) {
            return base;
        }
        long mask = (count > 63 ? -1L : (1L << count) - 1) << start;
        return (base & ~mask) | (field << start & mask);
    }

    /** {@code bmsk.clamp}. */
    public static int maskClamp(int position, int count) {
        int start = Integer.compareUnsigned(position, 32) >= 0 ? 32 : position;
        int width = Integer.compareUnsigned(count, 32) >= 0 ? 32 : count;
        return (int) (((1L << width) - 1) << start);
    }

    /** {@code bmsk.wrap}. */
    public static int maskWrap(int position, int count) {
        return ((1 << (count & 31)) - 1) << (position & 31);
    }

    /** {@code szext.clamp}: the low bits, sign-extended. */
    public static int extendSigned(int a, int bits) {
        if (Integer.compareUnsigned(bits, 32) >= 0) {
            return a;
        }
        return bits == 0 ? 0 : a << (32 - bits) >> (32 - bits);
    }

    public static int extendUnsigned(int a, int bits) {
        return Integer.compareUnsigned(bits, 32) >= 0 ? a : a & (1 << bits) - 1;
    }

    /** The default mode of {@code prmt}: each nibble of the selector picks one of eight bytes, or its sign. */
    public static int prmt(int a, int b, int selector) {
        int result = 0;
        for (int i = 0; i < 4; i++) {
            int nibble = selector >>> (4 * i) & 15;
            int picked = pick(a, b, nibble & 7);
            int part = (nibble & 8) == 0 ? picked : (byte) picked < 0 ? 0xff : 0;
            result |= part << (8 * i);
        }
        return result;
    }

    public static int prmtForward4(int a, int b, int selector) {
        int s = selector & 3;
        return bytes(a, b, s, s + 1, s + 2, s + 3);
    }

    public static int prmtBackward4(int a, int b, int selector) {
        int s = selector & 3;
        return bytes(a, b, s, s - 1 & 7, s - 2 & 7, s - 3 & 7);
    }

    public static int prmtReplicate8(int a, int b, int selector) {
        int s = selector & 3;
        return bytes(a, b, s, s, s, s);
    }

    public static int prmtEdgeClampLeft(int a, int b, int selector) {
        int s = selector & 3;
        return bytes(a, b, s, Math.max(s, 1), Math.max(s, 2), 3);
    }

    public static int prmtEdgeClampRight(int a, int b, int selector) {
        int s = selector & 3;
        return bytes(a, b, 0, Math.min(s, 1), Math.min(s, 2), s);
    }

    public static int prmtReplicate16(int a, int b, int selector) {
        int s = (selector & 1) * 2;
        return bytes(a, b, s, s + 1, s, s + 1);
    }

    /** Any function of three bits, by its truth table. */
    public static int lop3(int a, int b, int c, int table) {
        int result = 0;
        for (int i = 0; i < 8; i++) {
            int term = ((i & 4) != 0 ? a : ~a) & ((i & 2) != 0 ? b : ~b) & ((i & 1) != 0 ? c : ~c);
            result |= (table >>> i & 1) != 0 ? term : 0;
        }
        return result;
    }

    /** Four byte products and a sum; each side signed or not. */
    public static int dp4aSigned(int a, int b, int c) {
        int sum = c;
        for (int i = 0; i < 32; i += 8) {
            sum += (byte) (a >> i) * (byte) (b >> i);
        }
        return sum;
    }

    public static int dp4aUnsigned(int a, int b, int c) {
        int sum = c;
        for (int i = 0; i < 32; i += 8) {
            sum += (a >> i & 0xff) * (b >> i & 0xff);
        }
        return sum;
    }

    public static int dp4aSignedUnsigned(int a, int b, int c) {
        int sum = c;
        for (int i = 0; i < 32; i += 8) {
            sum += (byte) (a >> i) * (b >> i & 0xff);
        }
        return sum;
    }

    public static int dp4aUnsignedSigned(int a, int b, int c) {
        return dp4aSignedUnsigned(b, a, c);
    }

    /** Two products of halfwords of a and low bytes of b, and a sum; each side signed or not. */
    public static int dp2aLowSigned(int a, int b, int c) {
        return c + (short) a * (byte) b + (a >> 16) * (byte) (b >> 8);
    }

    public static int dp2aLowUnsigned(int a, int b, int c) {
        return c + (a & 0xffff) * (b & 0xff) + (a >>> 16) * (b >> 8 & 0xff);
    }

    public static int dp2aLowSignedUnsigned(int a, int b, int c) {
        return c + (short) a * (b & 0xff) + (a >> 16) * (b >> 8 & 0xff);
    }

    public static int dp2aLowUnsignedSigned(int a, int b, int c) {
        return c + (a & 0xffff) * (byte) b + (a >>> 16) * (byte) (b >> 8);
    }

    /** As those of the low bytes, with the high ones. */
    public static int dp2aHighSigned(int a, int b, int c) {
        return dp2aLowSigned(a, b >> 16, c);
    }

    public static int dp2aHighUnsigned(int a, int b, int c) {
        return dp2aLowUnsigned(a, b >> 16, c);
    }

    public static int dp2aHighSignedUnsigned(int a, int b, int c) {
        return dp2aLowSignedUnsigned(a, b >> 16, c);
    }

    public static int dp2aHighUnsignedSigned(int a, int b, int c) {
        return dp2aLowUnsignedSigned(a, b >> 16, c);
    }

    /**
     * {@code fns}: where in a mask the bit number {@code offset} is that is set, counted from {@code base} upwards, or
     * downwards where the offset is negative; 0 asks for the bit at base alone. -1 where there is none; but for the offset that
     * has no opposite a GPU answers 0.
     */
    public static int findNthSet(int mask, int base, int offset) {
        if (offset == Integer.MIN_VALUE) {
            return 0;
        }
        if (Integer.compareUnsigned(base, 31) > 0) {
            return -1;
        }
        int step = offset < 0 ? -1 : 1;
        int left = Math.max(Math.abs(offset), 1);
        for (int at = base; at >= 0 && at < 32; at += step) {
            if ((mask >>> at & 1) != 0 && --left == 0) {
                return at;
            }
            if (offset == 0) {
                return -1;
            }
        }
        return -1;
    }

    /** {@code cvt.pack}: two numbers clamped to signed parts of so many bits, below the low bits of the third operand. */
    public static int packSigned(int a, int b, int c, int bits) {
        int most = (1 << (bits - 1)) - 1;
        return packed(Math.clamp(a, -most - 1, most), Math.clamp(b, -most - 1, most), c, bits);
    }

    /** {@code cvt.pack}: two numbers clamped to unsigned parts of so many bits, below the low bits of the third operand. */
    public static int packUnsigned(int a, int b, int c, int bits) {
        int most = (1 << bits) - 1;
        return packed(Math.clamp(a, 0, most), Math.clamp(b, 0, most), c, bits);
    }

    /** Two bytes as a halfword, the first the lower. */
    public static int packBytes(int a, int b) {
        return (a & 0xff) | ((b & 0xff) << 8);
    }

    /** Four bytes as a word, the first the lowest. */
    public static int packBytes(int a, int b, int c, int d) {
        return packBytes(a, b) | (packBytes(c, d) << 16);
    }

    private static int packed(int a, int b, int c, int bits) {
        int mask = (1 << bits) - 1;
        int rest = bits == 16 ? 0 : c << (2 * bits);
        return rest | ((a & mask) << bits) | (b & mask);
    }

    private static int pick(int a, int b, int index) {
        return (index < 4 ? a >>> (8 * index) : b >>> (8 * (index - 4))) & 0xff;
    }

    private static int bytes(int a, int b, int... indexes) {
        int result = 0;
        for (int i = 0; i < 4; i++) {
            result |= pick(a, b, indexes[i]) << (8 * i);
        }
        return result;
    }
}
