using System.Globalization;

namespace Galley.Wire.Tests;

public class SigV4TimeTests
{
    [Theory]
    [InlineData("20261122T160001Z")]
    [InlineData("20240229T235959Z")]
    [InlineData("00010101T000000Z")]
    [InlineData("99991231T235959Z")]
    [InlineData("20250229T000000Z")]
    [InlineData("20261301T000000Z")]
    [InlineData("20260001T000000Z")]
    [InlineData("20261100T000000Z")]
    [InlineData("20261131T000000Z")]
    [InlineData("20261122T240000Z")]
    [InlineData("20261122T006000Z")]
    [InlineData("20261122T000060Z")]
    [InlineData("00001122T000000Z")]
    [InlineData("20261122t160001Z")]
    [InlineData("20261122T160001z")]
    [InlineData("20261122T160001")]
    [InlineData(" 20261122T16000Z")]
    [InlineData("20261122T16000-Z")]
    [InlineData("２０261122T160001Z")]
    [InlineData("")]
    public void A_time_is_read_as_the_platform_reads_it(string text)
        => Assert.Equal(DateTimeOffset.TryParseExact(text, "yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? time : (DateTimeOffset?)null, SigV4.ParseTime(text));
}
