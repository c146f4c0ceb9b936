"""Phrases of reviews and comments, one per line. words.py has the words for the placeholders."""

REVIEWS = {
    "title_good": """
        {praise}
        {praise}, {praise}
        {praise} for {recipient}
        {praise} in {place}
        {product}: {praise}
        exactly what {person} wanted
        would buy again
        bought {number} already
        worth every penny
        a {good} little thing
        so {good}
        {good} and {good}
        {adverb} {good}
        made {recipient} smile
        the {feature} is {good}
        better than the picture
        my favourite from this shop
        just right for {occasion}
        a {good} present
        {few} stars if I could
    """,
    "title_fair": """
        all right for the price
        not bad
        {good}, but {bad}
        {good}, though the {feature} is {bad}
        does the job
        smaller than I thought
        nice idea, {bad} {feature}
        mixed feelings
        it will do for {occasion}
        fine for {place}
        {product}: so so
        not quite what I expected
        good {feature}, {bad} {feature}
        could be better
        you get what you pay for
    """,
    "title_bad": """
        disappointed
        {bad}
        {bad} and {bad}
        {product}: {bad}
        the {feature} is {bad}
        not again
        sent it back
        broken on arrival
        nothing like the picture
        save your money
        {adverb} {bad}
        lasted {few} {span}
        not for {recipient}
        poor {feature}
        expected more
    """,
    "start": """
        I {bought} this for {recipient} {when}
        {bought} {number} of these for {occasion} {when}
        {person} asked for one after seeing mine in {place}
        this was a present from {person}, who knows how I feel about {interest}
        we needed something for {place} and {person} suggested this
        ordered on {weekday} and it came {when_came}
        I run {business} in {town} and took {number} to try
        I collect anything with {interest}, so I could not resist
        this is the {ordinal} one I have {bought}
        saw it at {business} in {town} for twice as much
        a {material} one like it broke {when}, so I was looking for another
        {person} and I have been looking for one like this since {month}
        it was meant for {occasion}, but ended up in {place}
        I had a {colour} one before, this time I chose the {colour}
        my order of {number} arrived {when_came}
        came across it while looking for {thing} for {recipient}
        {recipient} turned {age} in {month} and this was the main present
        not usually my taste, but {person} talked me into it
        picked it because {person} has a thing about {interest}
        {person} gave me the {product} for {occasion}
        the {product} was on my list since {month}
        I had read about the {product} and ordered {number} {when}
        what can I say about the {product}
        after {few} {span} with the {product} I can say something about it
        wanted: something {colour} for {place}, found: {product}
        this {product} is the {ordinal} present of this kind for {recipient}
        {town} has no shop for such things, so I {bought} it here {when}
        my {interest} phase is not over, says {person}, and here is the proof
        to replace {thing} that {person} {touched} once too often
        put it in the basket to make up the order, together with {thing}
    """,
    "say_good": """
        the {feature} is {adverb} {good}
        the {feature} and the {feature} are both {good}
        it looks {good} next to {thing} in {place}
        {recipient} {adored} it
        it goes very well with {thing}
        everyone who comes to {place} asks where I got it
        the {colour} is {shade} than in the picture, which suits me
        it feels {good}, not at all {bad}
        {person} has ordered {number} for {occasion} as well
        it has been in {place} for {few} {span} and still looks new
        we {verb_use} it {often} and it has not {failed} once
        it is {good} without being {bad}
        the {material} is {good} and the {feature} {good}
        it arrived {packed}, which I appreciate
        I did not expect the {feature} to be so {good} at this price
        it sold out in {few} {span} at {business}
        {person} says it is the {best} thing I have {bought} since {month}
        it makes {place} look {good}
        even {person}, who hates {interest}, thinks it is {good}
        the size is just right for {thing}
        {person} had {good} things to say about the {detail}
        {adverb} {good}, and the {detail} is a nice idea
        my guests from {town} took photographs of it
        {good} {material}, {good} {feature}, what more do you want
        on {weekday} {person} asked to borrow it for {occasion}
        it cheers up {place}, above all in {month}
        {interest} and {colour} {material}: made for {recipient}
        it washes well and the {colour} has not faded
        it was easy to {verb_clean} after {occasion}
        a {good} touch is the {colour} {detail}
        I gave the other {number} to {person} and {person}
    """,
    "say_bad": """
        the {feature} is {adverb} {bad}
        the {feature} and the {feature} are both {bad}
        the {detail} {failed} after {few} {span}
        it {failed} when {person} {touched} it
        the {colour} is {shade} than in the picture
        it smells of {smell}
        it is much smaller than {thing}
        one of the {number} was {broken}
        the {material} feels {bad}
        {recipient} was polite about it, which says it all
        it does not stand straight in {place}
        the {detail} was missing and nobody answered my {message}
        it came {packed} but was {broken} all the same
        the {colour} came off on {thing}
        we {verb_use} it {often} for {few} {span}, then it {failed}
        {person} thought it was {cheap} shop rubbish and {person} agreed
        {bad} {material}, {bad} {feature}, and that for {occasion}
        {recipient} {touched} it on {weekday} and the {detail} {failed}
        I would not put it in {place}, let alone next to {thing}
        by {month} the {feature} was {adverb} {bad}
        {person} tried to mend the {detail} with {tool}, without luck
        it is {bad} for something that costs this much
        the picture shows a {colour} {detail}, mine is {colour}
        the {feature} reminds me of {thing} from a {cheap} shop
        you need {tool} to get it open
    """,
    "say_plain": """
        it measures about {few} inches, the {detail} included
        it is {material}, with a {colour} {detail}
        mine is the {colour} one
        I keep {thing} in it
        it stands in {place} between {thing} and {thing}
        delivery to {town} took {few} days
        it came {packed}
        {person} uses hers for {thing}
        there is room for {thing} and not much more
        I have not tried it with {thing} yet
        for {occasion} we put {number} of them on the table
        the {colour} and the {colour} one are the same size
        ours lives in {place}, with {thing} in front of it
        {person} took the {colour} one, {person} the {colour} one
        it came on {weekday}, {recipient} {touched} it at once
        you find the {product} under {interest} in the catalogue
        the label says made of {material}
        {tool} and {few} minutes are enough to put it up
        it is lighter than it looks
        the {detail} comes off if you need to {verb_clean} it
        you can see a bit of the {detail} from the side
        I had to buy {thing} separately
        I paid less for it in {month}
    """,
    "end_good": """
        would {recommend} it to anyone who likes {interest}
        I will be back for the {colour} one
        {recipient} gets the next one
        thank you for the quick delivery to {town}
        {number} more are on their way
        {good}, and I do not say that lightly
        a {good} buy
        well worth it
        perfect for {occasion}
        I only wish I had {bought} {number}
        very happy with it
        now I want {thing} to match
    """,
    "end_fair": """
        all in all it is fine for {occasion}
        for {place} it will do
        I might try the {colour} one next time
        I would buy it again at half the price
        it is {good} enough for {recipient}
        make up your own mind
        let us see how it looks in {few} {span}
        the {feature} lets it down
        it is neither {good} nor {bad}
    """,
    "end_bad": """
        I would not {recommend} it again
        it went back on {weekday}
        {recipient} gets something else
        next time I will go to {business} in {town}
        I expected better after {thing}
        it is in the bin now
        still waiting for an answer to my {message}
        not worth {number} pounds
        the {detail} alone would put me off
        a pity, because the idea is {good}
    """,
}

COMMENTS = {
    "agree": """
        same here, the {feature} is {good}
        I can only agree, {recipient} {adored} it too
        thanks, that decided it: {number} ordered
        we have had ours for {few} {span} and it is still {good}
        {person} bought one because of your review
        mine stands in {place} and looks {good}
        you are right about the {feature}
        exactly my experience, down to the {detail}
        lovely review, it made me laugh
        glad it is not just me
        bought it for {occasion}, it was {adverb} {good}
        mine came {packed} too
    """,
    "differ": """
        strange, mine is not {bad} at all
        I found the {feature} rather {bad}, to be honest
        mine {failed} after {few} {span}
        not sure, the {colour} one looked {bad} in {place}
        perhaps you had a bad one, the {detail} on mine is {good}
        that is not fair, for this price the {feature} is {good}
        {person} sent hers back because of the {detail}
        mine was {broken} when it came
        sorry, but {adverb} {bad} is what I would call it
        ours {failed} when {person} {touched} it
        depends on what you want it for, I keep {thing} in it
    """,
    "ask": """
        does it come in {colour}?
        would it fit {thing}?
        is the {detail} {material} or {material}?
        how long did delivery to {town} take?
        can you {verb_clean} it?
        would you say it is right for {recipient}?
        how big is the {detail}?
        does it still look {good} after {few} {span}?
        has anyone tried it with {thing}?
        is it {good} enough for {occasion}?
        did yours smell of {smell} as well?
        do they sell {thing} to match?
    """,
    "answer": """
        about {few} inches, not counting the {detail}
        yes, and in {colour} too
        it took {few} days to {town}
        {tool} will do it
        I asked them: the {detail} is {material}
        no, but {business} in {town} has the {colour} one
        ours holds {thing} easily
        I {verb_clean} mine {often}, no trouble so far
        they sent a new {detail} after one {message}
        try it with {thing}, that works for me
        {recipient} manages fine
        yes, we {verb_use} it {often}
    """,
    "aside": """
        {person} has {number} of them
        {occasion} is coming, so thanks for the idea
        I prefer {thing} myself
        they had these in {month} for less
        now I need one for {place}
        anything with {interest} gets my vote
        we sell them at {business}, people {adored} them
        wait for the {colour} one
        reminds me of {thing} my grandmother had
        {town} market has something like it, but {bad}
    """,
}
