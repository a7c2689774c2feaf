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
}
