using System.Security.Cryptography;
using System.Text;
using Galley.Cognito.Pages;

namespace Galley.Tests.Cognito;

public class QrCodeTests
{
    /// <summary>Symbols that a foreign reader (npm jsqr 1.4) read back as the text, kept by their digest.</summary>
    [Theory]
    [InlineData("a", 1, 21, "2e7add7dfd3288d4")]
    [InlineData("otpauth://totp/CookRecipeApp:alice@example.com?secret=ABCDEFGHIJKLMNOPQRSTUVWXYZ234567ABCDEFGHIJKLMNOPQRSTUVWX&issuer=CookRecipeApp", 1, 49, "2d16d8b95a744a48")]
    [InlineData("w", 666, 97, "44396251b176eacc")]
    public void A_code_is_the_symbol_that_readers_read(string text, int times, int size, string digest)
    {
        var code = QrCode.Of(string.Concat(Enumerable.Repeat(text, times)));
        var bits = new StringBuilder();
        for (var y = 0; y < code.Size; y++)
            for (var x = 0; x < code.Size; x++)
                bits.Append(code[x, y] ? '1' : '0');
        Assert.Equal((size, digest), (code.Size, Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(bits.ToString())))[..16]));
    }

    [Fact]
    public void A_text_that_no_code_holds_is_refused() => Assert.Throws<ArgumentException>(() => QrCode.Of(new string('w', 667)));
}
