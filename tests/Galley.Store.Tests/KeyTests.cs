namespace Galley.Store.Tests;

public class KeyTests
{
    [Fact]
    public void A_shorter_tuple_is_a_prefix_and_sorts_first()
    {
        byte[] shorter = Key.Of("a", "b"), longer = Key.Of("a", "b", "c");
        Assert.True(longer.AsSpan().StartsWith(shorter));
        Assert.True(Key.Of("a", "bc").AsSpan().SequenceCompareTo(shorter) > 0);
    }

    [Fact]
    public void Parts_of_any_text_make_the_key_that_parts_added_one_by_one_make()
    {
        foreach (var text in (string[])["", "plain", "münchen", "a\0b", "\0", "🍳", new string('x', 300)])
            Assert.Equal(new Key().Add("a").Add(text).Add("z").ToArray(), Key.Of("a", text, "z"));
    }
}
