"""First and last names for made-up people."""


def names(text: str) -> tuple[str, ...]:
    return tuple(text.split())


FIRST_NAMES = names("""
    Abigail Adam Adele Agnes Aidan Aisha Alan Alasdair Albert Alice Alison Amanda Amelia
    Amir Amy Andrea André Andrew Angela Anita Anna Annika Anthony Antonia Arthur Astrid
    Audrey Barbara Beatrice Ben Bernadette Beth Bethany Birgit Brenda Brian Bridget Bruno
    Callum Camille Carla Carmen Caroline Catherine Cecilia Charlotte Chloé Christine
    Claire Clara Clive Colin Connor Daisy Daniel Daphne David Dawn Deborah Declan Denise
    Derek Diana Dominic Donna Doris Duncan Edith Edward Eileen Elaine Eleanor Elena Elisa
    Elizabeth Ella Ellen Elodie Elsie Emily Emma Erika Esther Eva Evelyn Farah Fatima
    Felicity Fergus Fiona Florence Frances Francesca Freya Gareth Gemma George Georgia
    Gerald Gillian Giulia Grace Graham Greta Hannah Harriet Harry Heather Helen Hilary
    Holly Hugh Ian Imogen Ingrid Irene Isabel Isla Ivy Jack Jacqueline James Jane Janet
    Jasmine Jean Jennifer Jenny Jessica Joan Joanna John Josephine Joy Judith Julia Juliet
    June Karen Karin Kate Kathleen Katja Keith Kelly Kenneth Kerry Kim Kirsty Lara Laura
    Lauren Leah Leo Lesley Liam Lily Linda Lisa Louise Lucy Lydia Maeve Malcolm Margaret
    Maria Marie Marion Mark Martha Martin Mary Matilda Maureen Megan Melanie Michael
    Michelle Miriam Moira Molly Monica Morag Nadia Nancy Naomi Natalie Neil Niamh Nicola
    Nigel Nina Nora Olive Oliver Olivia Orla Oscar Pamela Patricia Paul Paula Pauline
    Peter Philippa Phoebe Polly Priya Rachel Rebecca René Rhian Richard Robert Robin Rosa
    Rosalind Rose Rosemary Rowena Ruth Sabine Sally Samantha Samir Sandra Sara Sean Sheila
    Shirley Silvia Simon Siobhán Sofia Sonia Sophie Stella Stephen Stuart Sunita Susan
    Sylvia Tamsin Tanya Teresa Theresa Thomas Tina Tracey Ursula Valerie Vanessa Vera
    Veronica Victoria Violet Wendy Yasmin Yvonne Zara Zoë
""")

LAST_NAMES = names("""
    Abbott Adams Ahmed Ainsworth Allen Anderson Andrews Archer Armstrong Atkinson Austin
    Bailey Baker Ball Barker Barlow Barnes Barrett Bates Becker Bell Bennett Berg Bernard
    Berry Bianchi Bird Bishop Black Blake Bond Booth Bowen Boyd Bradley Brady Brennan
    Briggs Brooks Brown Bruce Bryant Burke Burns Burton Butler Byrne Cameron Campbell Carr
    Carter Chadwick Chapman Clarke Cole Collins Conway Cook Cooper Costa Cox Crawford
    Cross Cunningham Curtis Dale Daly Davidson Davies Dawson Dean Dixon Dobson Docherty
    Doyle Drummond Dubois Duffy Duncan Dunn Edwards Elliott Ellis Evans Farrell Fernández
    Field Fischer Fisher Fitzgerald Fleming Fletcher Flynn Forbes Ford Foster Fox Fraser
    Freeman French Fuller Gallagher Garcia Gardner George Gibson Gilbert Gill Gordon
    Graham Grant Gray Green Greene Griffiths Hall Hamilton Hansen Harding Harper Harris
    Harrison Hart Harvey Hayes Healy Henderson Hicks Higgins Hill Hoffmann Holland Holmes
    Hopkins Howard Hudson Hughes Hunt Hunter Hussain Irving Jackson Jacobs James Jenkins
    Jensen Johnson Johnston Jones Jordan Kaur Kavanagh Kaya Kelly Kennedy Kerr Khan King
    Knight Kowalski Lambert Larsen Lawrence Lawson Lee Lefèvre Lewis Lindgren Little Lloyd
    Logan Lowe Lynch MacDonald Mackay Mahoney Marsh Marshall Martin Mason Matthews May
    McCarthy McKenzie McLean Mendes Meyer Middleton Miller Mills Mitchell Moore Moreau
    Morgan Morris Morrison Müller Murphy Murray Nash Nelson Newman Nicholson Nielsen Nolan
    Norris Novak Nowak O'Brien O'Connor O'Neill Oliver Osborne Owen Page Palmer Parker
    Parry Patel Pearce Pearson Perez Perkins Perry Peters Phillips Pickering Pollard
    Porter Powell Power Pratt Preston Price Pritchard Quinn Ramsay Reed Rees Reid Reynolds
    Rhodes Richards Richardson Riley Roberts Robertson Robinson Rogers Rose Ross Rossi
    Rowe Russell Ryan Sanders Santos Saunders Schmidt Schneider Scott Shah Sharp Shaw
    Shepherd Silva Simpson Sinclair Singh Skinner Slater Smith Sørensen Spencer Stephens
    Stevens Stevenson Stewart Stone Sullivan Sutherland Sutton Svensson Taylor Thomas
    Thompson Thornton Todd Tucker Turner Van-Dijk Virtanen Wagner Walker Wallace Walsh
    Walters Ward Warren Watkins Watson Watts Weaver Webb Weber Wells West Wheeler White
    Whitehead Wilkinson Williams Willis Wilson Wood Woods Wright Wyatt Yates Young
    Zimmermann
""")
